// What a request would do: jobs, tasks, warnings, the estimate and what it rests on.
import { bytes, duration, few } from '../../core/format.js';
import { facts, fill, h } from '../../view/dom.js';
import { table } from '../../view/table.js';
import { classList } from '../job/history.js';

/** The plan beside a form: `{node, waiting(), show(plan), refused(count)}`. */
export function planView() {
  const status = h('p', { role: 'status' }, 'The plan stands here as soon as the request is complete.');
  const about = h('div');
  const tasks = table({
    caption: 'Tasks', key: (task) => task.task, empty: 'No plan yet.',
    columns: [
      { head: 'Task', numeric: true, cell: (task) => task.task },
      { head: 'Name', cell: (task) => task.name },
      { head: 'Classes', cell: ({ classes }) => classList(classes) },
      { head: 'Training', numeric: true, cell: (task) => task.train_images },
      { head: 'Test', numeric: true, cell: (task) => task.test_images },
    ],
  });
  return {
    node: h('aside', { 'aria-labelledby': 'plan' }, h('h2', { id: 'plan' }, 'Plan'), status, about, tasks.node),
    waiting() {
      status.textContent = 'Planning …';
    },
    refused(count) {
      status.textContent = count > 0 ? `Not possible yet: ${count} ${count === 1 ? 'fault' : 'faults'}.` : 'There is no plan.';
      fill(about);
      tasks.update([]);
    },
    show(plan) {
      const count = plan.jobs.length;
      status.textContent = `${count} ${count === 1 ? 'job' : 'jobs'}, ${plan.tasks.length} tasks.`;
      fill(about,
        plan.warnings.length > 0 && h('ul', { class: 'warnings' }, plan.warnings.map(({ detail }) => h('li', {}, detail))),
        facts({
          Scenario: plan.scenario.replaceAll('_', ' '),
          Seeds: few(plan.jobs.map(({ seed }) => seed), 12),
          'Device time a job': range(plan.estimate.device_seconds, duration),
          'Peak device memory': range(plan.estimate.peak_device_bytes, bytes),
          Checkpoints: range(plan.estimate.checkpoint_bytes, bytes),
        }));
      tasks.update(plan.tasks);
    },
  };
}

function range(estimate, shown) {
  if (!estimate) return 'not known yet';
  const { low, high, basis } = estimate;
  const text = low === high ? shown(low) : `${shown(low)} to ${shown(high)}`;
  return [text, h('span', { class: 'quiet' }, ` (${basis})`)];
}
