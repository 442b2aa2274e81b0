// All jobs, newest first, by pages.
import * as api from '../api.js';
import { address } from '../core/route.js';
import { fill, h, trouble } from '../view/dom.js';
import { filters } from '../view/filters.js';
import { jobTable } from '../view/job-table.js';
import { pager } from '../view/table.js';

const STATES = ['validating', 'queued', 'starting', 'running', 'pausing', 'paused', 'cancelling', 'succeeded', 'failed',
  'cancelled'];

/** The page of the jobs that the address asks for. */
export async function render({ query, signal, live }) {
  const asked = Object.fromEntries(['status', 'method_name', 'dataset_id', 'owner', 'after'].map((name) => [name, query.get(name)]));
  const pages = h('div');
  const problems = h('div');
  const list = jobTable({ signal, failed: (failure) => fill(problems, trouble(failure)), changed: () => read() });

  async function read() {
    const page = await api.get(['jobs'], { ...asked, limit: 50 }, signal);
    list.update(page.data);
    fill(pages, pager(page, { after: asked.after, hrefOf: (after) => address(['jobs'], { ...asked, after }) }));
  }

  await read();
  live(read, 4000);
  return {
    title: 'Jobs',
    content: [
      h('h1', {}, 'Jobs'),
      filters(['jobs'], asked, [
        { name: 'status', label: 'State', values: STATES },
        { name: 'method_name', label: 'Method' },
        { name: 'dataset_id', label: 'Data set' },
        { name: 'owner', label: 'Owner' },
      ]),
      problems, list.node, pages,
    ],
  };
}
