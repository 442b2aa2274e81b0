// One experiment: its jobs, and what its seeds have in common.
import * as api from '../api.js';
import { few, words } from '../core/format.js';
import { address } from '../core/route.js';
import { badge, button, facts, fill, h, link, say, time, trouble } from '../view/dom.js';
import { jobTable } from '../view/job-table.js';
import { seeds } from '../view/seeds.js';
import { pager } from '../view/table.js';

const OVER = ['succeeded', 'failed', 'cancelled'];

/** The page of an experiment. */
export async function render({ id, query, signal, live }) {
  const after = query.get('after');
  let experiment = await api.get(['experiments', id], {}, signal);
  const head = h('div');
  const pages = h('div');
  const problems = h('div');
  const failed = (failure) => fill(problems, trouble(failure));
  const jobs = jobTable({ signal, failed, changed: () => read(), caption: 'Jobs of this experiment' });
  const overSeeds = seeds(signal);
  let summarised = '';

  function drawHead() {
    fill(head, facts({
      State: badge(experiment.status),
      Method: link(`#/methods/${experiment.method_name}`, experiment.method_name),
      'Data set': link(`#/data/${experiment.dataset_id}`, experiment.dataset_id),
      Backbone: experiment.backbone_id,
      Scenario: words(experiment.scenario),
      Tasks: String(experiment.task_count),
      Seeds: few(experiment.seeds, 12),
      Created: time(experiment.created_at),
      Owner: experiment.owner,
      ...experiment.metadata,
    }),
    experiment.description && h('p', {}, experiment.description),
    experiment.warnings.length > 0 && h('ul', { class: 'warnings' }, experiment.warnings.map(({ detail }) => h('li', {}, detail))),
    h('div', { class: 'actions' },
      !OVER.includes(experiment.status) && button('Cancel all', cancel, { data: { focus: 'cancel' } }),
      link(address(['new'], { from: experiment.jobs[0]?.id, experiment: id }), 'Clone'),
      link(address(['compare'], { experiment: [id] }), 'Compare')));
  }

  async function cancel() {
    if (!confirm('Cancel every unfinished job of this experiment?')) return;
    try {
      experiment = await api.post(['experiments', id, 'cancel']);
      say('Its jobs are asked to end.');
      await read();
    } catch (failure) {
      failed(failure);
    }
  }

  async function read() {
    const [now, page] = await Promise.all([
      api.get(['experiments', id], {}, signal),
      api.get(['jobs'], { experiment_id: id, limit: 50, order: 'asc', after }, signal),
    ]);
    const moved = now.status !== experiment.status;
    experiment = now;
    if (moved) drawHead();
    jobs.update(page.data);
    fill(pages, pager(page, { after, hrefOf: (next) => address(['experiments', id], { after: next }) }));
    // the summary changes when a task ends, not with each step
    const state = JSON.stringify(page.data.map(({ status, headline }) => [status, headline]));
    if (state !== summarised) {
      summarised = state;
      await overSeeds.update([{ name: experiment.name, id, jobs: page.data }]);
    }
  }

  drawHead();
  await read();
  live(read, 4000);
  return {
    title: experiment.name,
    content: [h('h1', {}, experiment.name), head, problems, jobs.node, pages, h('h2', {}, 'Over seeds'), overSeeds.node],
  };
}
