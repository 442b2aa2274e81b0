// What keeps a page up to date, and stops with it.
import * as api from './api.js';

/** Resolves after some time, or at once when the signal says stop. */
export function pause(milliseconds, signal) {
  return new Promise((done) => {
    const timer = setTimeout(end, milliseconds);
    function end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      done();
    }
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/** Resolves when somebody looks at the page. */
function seen(signal) {
  if (!document.hidden) return Promise.resolve();
  return new Promise((done) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      done();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
  });
}

/** Does something again and again while the page is looked at; one failure is told, and tried again later. */
export async function repeat(work, milliseconds, signal, failed) {
  let wait = milliseconds;
  while (!signal.aborted) {
    await pause(wait, signal);
    await seen(signal);
    if (signal.aborted) return;
    try {
      await work();
      wait = milliseconds;
      failed(null);
    } catch (failure) {
      if (signal.aborted) return;
      failed(failure);
      wait = Math.min(wait * 2, 60_000);
    }
  }
}

/** Follows one job by its stream, and takes a broken stream up again after the last event.
 *
 * @param take gets `{event, data}`; `progress` is an event without a number
 */
export async function follow(job, take, signal, failed = () => {}) {
  let last = 0;
  while (!signal.aborted) {
    try {
      const seenEvents = ({ event, data }) => {
        if (data.sequence) last = data.sequence;
        take({ event, data });
      };
      const { ended } = await api.events(job, last, seenEvents, signal);
      failed(null);
      if (ended) return;
    } catch (failure) {
      if (signal.aborted) return;
      failed(failure);
      if (failure.status === 404) return;
    }
    await pause(3000, signal);
  }
}
