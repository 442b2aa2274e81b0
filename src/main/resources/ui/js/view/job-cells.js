// What several pages show of a job.
import * as api from '../api.js';
import { duration, shortened, until, words } from '../core/format.js';
import { once } from '../core/once.js';
import { badge, button, h, link, say } from './dom.js';

const DONE = { cancel: 'Cancel', pause: 'Pause', resume: 'Resume', retry: 'Retry' };
const SURE = {
  cancel: 'Cancel this job? What it has learned stays, but it does not go on.',
};

/** Its name, which leads to its page. */
export function jobLink(job) {
  return link(`#/jobs/${job.id}`, h('span', { title: job.name }, shortened(job.name, 64)));
}

/** State, and beside it what it is doing or what it waits for. */
export function state(job) {
  const beside = job.status === 'queued'
    ? [job.queue_position && `place ${job.queue_position}`, job.waiting_for && `for ${words(job.waiting_for)}`]
    : [job.phase && ['running', 'starting', 'pausing', 'cancelling'].includes(job.status) ? words(job.phase) : null,
      job.status_reason && words(job.status_reason)];
  const text = beside.filter(Boolean).join(', ');
  return [badge(job.status), text && h('span', { class: 'quiet' }, ` ${text}`)];
}

/** How far it is, as a bar with words. */
export function progress(job) {
  const reached = job.progress;
  const percent = job.status === 'succeeded' ? 100 : reached?.percent ?? 0;
  const text = reached
    ? `${percent.toFixed(1)} %, task ${reached.task} of ${reached.task_count}`
      + (reached.epoch ? `, epoch ${reached.epoch} of ${reached.epoch_count}` : '')
    : `${percent.toFixed(1)} %`;
  return h('span', { class: 'progress' },
    h('progress', { max: 100, value: percent, 'aria-label': `Progress of ${job.name}` }),
    h('span', {}, text));
}

/** When it begins or ends, as far as that is known. */
export function remaining(job, now = Date.now()) {
  if (job.finished_at) return `took ${duration(job.device_seconds)}`;
  if (job.status === 'queued') return job.estimated_start_at ? `starts in ${until(job.estimated_start_at, now)}` : '–';
  return job.estimated_finish_at ? `${until(job.estimated_finish_at, now)} left` : '–';
}

/** Buttons for what may be asked of it; `changed` gets the answer. */
export function actions(job, changed, failed) {
  return job.allowed_actions.filter((action) => action in DONE).map((action) =>
    button(DONE[action], async (event) => {
      if (action in SURE && !confirm(SURE[action])) return;
      const pressed = event.currentTarget;
      pressed.disabled = true;
      try {
        const answer = await api.post(['jobs', job.id, action], undefined, action === 'retry' ? once() : undefined);
        say(`${DONE[action]}: ${answer.name} is ${words(answer.status)}.`);
        changed(answer, action);
      } catch (failure) {
        failed(failure);
      } finally {
        pressed.disabled = false;
      }
    }, { 'aria-label': `${DONE[action]} ${job.name}`, data: { focus: action } }));
}

/** A job with what an event of its stream says; null if the event changes nothing that is shown. */
export function after(job, { event, data }) {
  if (event === 'progress') {
    const { estimated_finish_at: end, ...reached } = data;
    return { ...job, estimated_finish_at: end, progress: { ...job.progress, ...reached } };
  }
  if (event === 'phase.started') return { ...job, phase: data.data.phase };
  return null;
}

/** Whether an event changes a job so much that it is read again. */
export function changesState(event) {
  return event.startsWith('job.') || event.startsWith('attempt.') || event === 'task.completed';
}
