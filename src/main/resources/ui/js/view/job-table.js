// A list of jobs; those that run are followed by their streams.
import { follow } from '../live.js';
import { time } from './dom.js';
import { actions, after, jobLink, progress, remaining, state } from './job-cells.js';
import { table } from './table.js';

/** A browser opens six connections to a server; each stream takes one. */
const MOST_STREAMS = 3;

/** A table of jobs that moves by itself between two updates. */
export function jobTable({ signal, changed, failed, caption = 'Jobs, newest first' }) {
  const shown = table({
    caption,
    key: (job) => job.id,
    empty: 'There are no such jobs.',
    columns: [
      { head: 'Name', cell: jobLink },
      { head: 'State', cell: state },
      { head: 'Progress', cell: progress },
      { head: 'Time', cell: (job) => remaining(job) },
      { head: 'Method', cell: (job) => job.method_name },
      { head: 'Seed', numeric: true, cell: (job) => job.seed },
      { head: 'Device', cell: (job) => job.device },
      { head: 'Created', cell: (job) => time(job.created_at) },
      { head: 'Actions', cell: (job) => actions(job, changed, failed) },
    ],
  });
  const streams = new Map();
  let jobs = [];

  function watch() {
    const running = jobs.filter((job) => job.status === 'running').map((job) => job.id);
    for (const [id, stop] of streams) {
      if (!running.includes(id)) {
        stop.abort();
        streams.delete(id);
      }
    }
    for (const id of running) {
      if (streams.has(id) || streams.size >= MOST_STREAMS) continue;
      const stop = new AbortController();
      streams.set(id, stop);
      follow(id, (event) => take(id, event), AbortSignal.any([signal, stop.signal]));
    }
  }

  function take(id, event) {
    const place = jobs.findIndex((job) => job.id === id);
    // events of the past are told first; only what moves without being stored is newer than the list
    const next = place >= 0 && event.event === 'progress' ? after(jobs[place], event) : null;
    if (next === null) return;
    jobs = jobs.with(place, next);
    shown.update(jobs);
  }

  return {
    node: shown.node,
    update(list) {
      jobs = list;
      shown.update(list);
      watch();
    },
  };
}
