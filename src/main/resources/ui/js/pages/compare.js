// Several experiments side by side: where their settings differ, and what came of it.
import * as api from '../api.js';
import { differences } from '../core/difference.js';
import { shortened, words } from '../core/format.js';
import { address } from '../core/route.js';
import { button, fill, h, link, trouble } from '../view/dom.js';
import { seeds } from '../view/seeds.js';
import { table } from '../view/table.js';

const MOST = 8;

/** What tells experiments apart without being a setting of the training. */
const IGNORED = ['name', 'description', 'metadata', 'seeds', 'priority'];

/** The page of a comparison; the address names the experiments. */
export async function render({ query, signal }) {
  const ids = query.getAll('experiment').slice(0, MOST);
  const problems = h('div');
  const overSeeds = seeds(signal);
  const chosen = await Promise.all(ids.map(async (id) => {
    const experiment = await api.get(['experiments', id], {}, signal);
    const jobs = await api.get(['jobs'], { experiment_id: id, limit: 64, order: 'asc' }, signal);
    const request = jobs.data.length > 0 ? (await api.get(['jobs', jobs.data[0].id, 'record'], {}, signal)).request : {};
    return { id, name: experiment.name, seeds: experiment.seeds, jobs: jobs.data, request };
  }));

  const settings = table({
    caption: 'Settings that differ', key: (row) => row.path,
    empty: 'No setting differs but names and seeds.',
    columns: [
      { head: 'Setting', cell: (row) => h('code', {}, row.path) },
      ...chosen.map(({ name }, place) => ({ head: shortened(name, 40), cell: (row) => shown(row.values[place]) })),
    ],
  });
  const rows = differences(chosen.map(({ request }) => request), IGNORED);
  settings.update(rows);
  if (chosen.length > 0) overSeeds.update(chosen).catch((failure) => signal.aborted || fill(problems, trouble(failure)));
  return {
    title: 'Compare',
    content: [
      h('h1', {}, 'Compare experiments'),
      await picker(chosen, signal),
      problems,
      chosen.length < 2 ? h('p', { class: 'quiet' }, 'Choose two or more.') : [caution(rows), settings.node],
      chosen.length > 0 && [h('h2', {}, 'Over seeds'), overSeeds.node],
    ],
  };
}

/** Numbers on other pixels, other tasks or other images say nothing about methods. */
function caution(rows) {
  const apart = ['dataset_id', 'split', 'input', 'backbone_id'].filter((name) =>
    rows.some(({ path }) => path === name || path.startsWith(`${name}.`)));
  return apart.length > 0 && h('p', { class: 'stale' },
    `These differ in ${apart.map(words).join(', ')}: their numbers are not on equal terms.`);
}

async function picker(chosen, signal) {
  const { data } = await api.get(['experiments'], { limit: 100 }, signal);
  const ids = chosen.map(({ id }) => id);
  const more = data.filter(({ id }) => !ids.includes(id));
  const go = (next) => {
    location.hash = address(['compare'], { experiment: next });
  };
  return h('div', { class: 'picker' },
    h('ul', {}, chosen.map(({ id, name, seeds: used }) => h('li', {},
      link(`#/experiments/${id}`, name), ` (${used.length} seeds) `,
      button('Leave out', () => go(ids.filter((one) => one !== id)), { 'aria-label': `Leave out ${name}` })))),
    chosen.length < MOST && more.length > 0 && h('div', { class: 'field' }, h('label', { for: 'more' }, 'Add an experiment'),
      h('select', { id: 'more', onchange: ({ target }) => target.value && go([...ids, target.value]) },
        h('option', { value: '' }, 'choose'),
        more.map(({ id, name, method_name: method }) => h('option', { value: id }, `${shortened(name, 60)} (${method})`)))));
}

function shown(value) {
  return value === undefined ? '–' : h('code', {}, shortened(JSON.stringify(value), 120));
}
