// One job: what it is doing, what it has learned, how it got there.
import * as api from '../api.js';
import { duration, shortened, until, words } from '../core/format.js';
import { address } from '../core/route.js';
import { follow, pause } from '../live.js';
import { button, facts, fill, h, link, say, time, trouble } from '../view/dom.js';
import { save } from '../view/figure.js';
import { actions, after, changesState, progress, state } from '../view/job-cells.js';
import { tabs } from '../view/tabs.js';
import { frozen } from './job/frozen.js';
import * as history from './job/history.js';
import { results } from './job/results.js';
import { training } from './job/training.js';

/** Results are read again at most so often, however fast tasks and epochs end. */
const BETWEEN_READS = 3000;

/** The page of a job. */
export async function render({ id, signal }) {
  let job = await api.get(['jobs', id], {}, signal);
  const head = h('div', { class: 'head' });
  const problems = h('div');
  const failed = (failure) => fill(problems, trouble(failure));
  const parts = {
    results: results(job, signal), training: training(job, signal), frozen: frozen(job, signal),
    tasks: history.tasks(), attempts: history.attempts(),
    checkpoints: history.checkpoints(failed), events: history.events(),
  };

  function drawHead() {
    const focused = head.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    fill(head, overview(job), h('div', { class: 'actions' }, actions(job, changed, failed),
      link(address(['new'], { from: id }), 'Clone'),
      button('Record', () => record(id).catch(failed), { 'aria-label': 'Download the record', data: { focus: 'record' } })));
    if (focused) head.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  function changed(answer, action) {
    if (action === 'retry') {
      location.hash = address(['jobs', answer.id]);
      return;
    }
    job = answer;
    drawHead();
  }

  async function readAll() {
    const [now, tasks, attempts, checkpoints] = await Promise.all([
      api.get(['jobs', id], {}, signal),
      api.get(['jobs', id, 'tasks'], {}, signal),
      api.get(['jobs', id, 'attempts'], {}, signal),
      api.get(['jobs', id, 'checkpoints'], { limit: 100 }, signal),
    ]);
    if (now.status !== job.status) say(`The job is ${words(now.status)}.`);
    job = now;
    drawHead();
    parts.tasks.update(tasks.data);
    parts.results.name(tasks.data);
    parts.attempts.update(attempts.data);
    parts.checkpoints.update(checkpoints.data);
    await views.shown();
  }

  const views = tabs('Parts of the job', [
    { name: 'Results', node: parts.results.node, shown: () => parts.results.update() },
    { name: 'Training', node: parts.training.node, shown: () => parts.training.update() },
    { name: 'Matrices', node: parts.frozen.node, shown: () => parts.frozen.update() },
    { name: 'History', node: [parts.tasks.node, parts.attempts.node, parts.checkpoints.node] },
    { name: 'Events', node: parts.events.node },
  ]);
  const reader = again(readAll, signal, failed);
  follow(id, (event) => {
    if (event.event !== 'progress') parts.events.take(event.data);
    const next = event.event === 'progress' ? after(job, event) : null;
    if (next) {
      job = next;
      drawHead();
    } else if (changesState(event.event) || event.event === 'epoch.completed' || event.event === 'phase.started') {
      reader.want();
    }
  }, signal);
  drawHead();
  reader.want();
  return {
    title: job.name,
    content: [h('h1', {}, job.name), head, problems, views.node],
  };
}

/** Does some work when it is wanted, never twice at a time, and once more if it was wanted meanwhile. */
function again(work, signal, failed) {
  let wanted = false;
  let running = false;
  return {
    async want() {
      wanted = true;
      if (running) return;
      running = true;
      while (wanted && !signal.aborted) {
        wanted = false;
        await work().catch((failure) => signal.aborted || failed(failure));
        await pause(BETWEEN_READS, signal);
      }
      running = false;
    },
  };
}

function overview(job) {
  return [
    h('p', {}, state(job)),
    progress(job),
    facts({
      Remaining: job.estimated_finish_at && !job.finished_at ? until(job.estimated_finish_at, Date.now()) : null,
      'Starts in': job.estimated_start_at && job.status === 'queued' ? until(job.estimated_start_at, Date.now()) : null,
      'Images a second': job.progress?.images_per_second?.toFixed(0),
      Experiment: link(`#/experiments/${job.experiment_id}`, shortened(job.experiment_id, 34)),
      Method: link(`#/methods/${job.method_name}`, job.method_name),
      'Data set': link(`#/data/${job.dataset_id}`, job.dataset_id),
      Backbone: job.backbone_id,
      Scenario: words(job.scenario),
      Seed: String(job.seed),
      Device: `${job.device}, ${job.precision}`,
      Priority: String(job.priority),
      Created: time(job.created_at),
      Started: job.started_at && time(job.started_at),
      Finished: job.finished_at && time(job.finished_at),
      'Device time': duration(job.device_seconds),
      Attempts: `${job.attempts}, ${job.failures} of ${job.max_failures} failures`,
      Owner: job.owner,
      'Retry of': job.retry_of && link(`#/jobs/${job.retry_of}`, job.retry_of),
      'Retried by': job.retried_by && link(`#/jobs/${job.retried_by}`, job.retried_by),
    }),
    job.error && h('div', { class: 'trouble' }, h('p', {}, `${words(job.error.code)}: ${job.error.detail}`)),
    job.warnings.length > 0 && h('ul', { class: 'warnings' }, job.warnings.map((warning) => h('li', {}, warning.detail))),
  ];
}

async function record(id) {
  const text = JSON.stringify(await api.get(['jobs', id, 'record']), null, 2);
  save(new Blob([text], { type: 'application/json' }), `${id}.record.json`);
}
