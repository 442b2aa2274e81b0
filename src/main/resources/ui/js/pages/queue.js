// Who waits, in which order and for what; and the nodes that work at it.
import * as api from '../api.js';
import { bytes, until, words } from '../core/format.js';
import { badge, facts, fill, h, link, time } from '../view/dom.js';
import { table } from '../view/table.js';

/** The page of the queue. */
export async function render({ signal, live }) {
  const pools = h('div', { class: 'tiles' });
  const waiting = table({
    caption: 'Waiting jobs in their order',
    key: (row) => row.job_id,
    empty: 'No job waits.',
    columns: [
      { head: 'Place', numeric: true, cell: (row) => row.position ?? '–' },
      { head: 'Job', cell: (row) => link(`#/jobs/${row.job_id}`, row.job_id) },
      { head: 'Device', cell: (row) => row.device },
      { head: 'Priority', numeric: true, cell: (row) => row.priority },
      { head: 'Waits for', cell: (row) => words(row.waiting_for) },
      { head: 'Since', cell: (row) => time(row.queued_at) },
      { head: 'Starts in', cell: (row) => until(row.estimated_start_at ?? row.not_before, Date.now()) },
    ],
  });
  const more = h('p', { class: 'quiet', hidden: true }, 'More jobs wait than are shown here.');
  const workers = table({
    caption: 'Workers',
    key: (row) => row.id,
    empty: 'No worker has reported.',
    columns: [
      { head: 'Name', cell: (row) => h('span', { title: row.id }, row.name) },
      { head: 'State', cell: (row) => badge(row.status) },
      { head: 'Slots', cell: (row) => h('ul', { class: 'plain' }, row.slots.map(slot)) },
      { head: 'Runs', cell: (row) => row.can_run.join(', ') },
      { head: 'Version', cell: (row) => `${row.version}, ${row.engine}` },
      { head: 'Last heartbeat', cell: (row) => time(row.last_heartbeat_at) },
    ],
  });

  async function read() {
    const [queue, nodes] = await Promise.all([api.get(['queue'], {}, signal), api.get(['workers'], {}, signal)]);
    fill(pools, Object.entries(queue.by_device).map(([device, pool]) => h('section', { 'aria-label': device },
      h('h2', {}, device),
      facts({ waiting: pool.waiting, running: pool.running, slots: pool.slots, 'workers online': pool.workers_online }))));
    waiting.update(queue.data);
    more.hidden = !queue.has_more;
    workers.update(nodes.data);
  }

  await read();
  live(read, 3000);
  return { title: 'Queue', content: [h('h1', {}, 'Queue'), pools, waiting.node, more, workers.node] };
}

function slot({ device, device_name: name, memory_bytes: memory, job_id: job, attempt }) {
  return h('li', {}, `${device} (${name}, ${bytes(memory)}): `,
    job ? [link(`#/jobs/${job}`, job), ` attempt ${attempt}`] : 'free');
}
