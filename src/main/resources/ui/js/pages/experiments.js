// Experiments, newest first; some of them can be chosen for a comparison.
import * as api from '../api.js';
import { few, shortened } from '../core/format.js';
import { address } from '../core/route.js';
import { badge, button, fill, h, link, time } from '../view/dom.js';
import { filters } from '../view/filters.js';
import { pager, table } from '../view/table.js';

const STATES = ['queued', 'running', 'paused', 'succeeded', 'failed', 'cancelled'];
const MOST_COMPARED = 8;

/** The page of the experiments that the address asks for. */
export async function render({ query, signal, live }) {
  const names = ['status', 'method_name', 'dataset_id', 'name_contains', 'owner', 'after'];
  const asked = Object.fromEntries(names.map((name) => [name, query.get(name)]));
  const chosen = new Set();
  const compare = button('Compare the chosen', () => {
    location.hash = address(['compare'], { experiment: [...chosen] });
  }, { disabled: true });
  const pages = h('div');

  const list = table({
    caption: 'Experiments, newest first',
    key: (experiment) => experiment.id,
    empty: 'There is no such experiment.',
    columns: [
      { head: 'Compare', cell: choice },
      { head: 'Name', cell: ({ id, name }) => link(`#/experiments/${id}`, h('span', { title: name }, shortened(name, 64))) },
      { head: 'State', cell: ({ status }) => badge(status) },
      { head: 'Jobs', cell: ({ job_counts: counts }) => counted(counts) },
      { head: 'Method', cell: (experiment) => experiment.method_name },
      { head: 'Data set', cell: (experiment) => experiment.dataset_id },
      { head: 'Tasks', numeric: true, cell: (experiment) => experiment.task_count },
      { head: 'Seeds', cell: ({ seeds }) => few(seeds) },
      { head: 'Created', cell: (experiment) => time(experiment.created_at) },
    ],
  });

  function choice({ id, name }) {
    return h('input', { type: 'checkbox', 'aria-label': `Compare ${name}`, checked: chosen.has(id), data: { focus: 'compare' },
      onchange: ({ target }) => {
        if (target.checked && chosen.size === MOST_COMPARED) target.checked = false;
        else if (target.checked) chosen.add(id);
        else chosen.delete(id);
        compare.disabled = chosen.size < 2;
        compare.textContent = chosen.size < 2 ? 'Compare the chosen' : `Compare ${chosen.size}`;
      } });
  }

  async function read() {
    const page = await api.get(['experiments'], { ...asked, limit: 50 }, signal);
    list.update(page.data);
    fill(pages, pager(page, { after: asked.after, hrefOf: (after) => address(['experiments'], { ...asked, after }) }));
  }

  await read();
  live(read, 4000);
  return {
    title: 'Experiments',
    content: [
      h('h1', {}, 'Experiments'),
      filters(['experiments'], asked, [
        { name: 'status', label: 'State', values: STATES },
        { name: 'name_contains', label: 'Name contains' },
        { name: 'method_name', label: 'Method' },
        { name: 'dataset_id', label: 'Data set' },
      ]),
      h('div', { class: 'actions' }, link('#/new', 'New experiment'), compare),
      list.node, pages,
    ],
  };
}

function counted(counts) {
  return Object.entries(counts).filter(([, count]) => count > 0).map(([status, count]) => `${count} ${status}`).join(', ');
}
