// The frame of the dashboard: which page is shown, the key, the colours.
import { onRefusal } from './api.js';
import { parse } from './core/route.js';
import { repeat } from './live.js';
import { fill, h, trouble } from './view/dom.js';
import { askForKey, keyButton } from './view/key.js';
import { themeChoice } from './view/theme.js';

const PAGES = {
  experiments: () => import('./pages/experiments.js'),
  experiment: () => import('./pages/experiment.js'),
  jobs: () => import('./pages/jobs.js'),
  job: () => import('./pages/job.js'),
  new: () => import('./pages/new.js'),
  compare: () => import('./pages/compare.js'),
  methods: () => import('./pages/methods.js'),
  method: () => import('./pages/method.js'),
  data: () => import('./pages/data.js'),
  dataset: () => import('./pages/dataset.js'),
  queue: () => import('./pages/queue.js'),
};

/** Pages of one thing stand below the list of all. */
const SINGLE = { experiments: 'experiment', jobs: 'job', methods: 'method', data: 'dataset' };

const main = document.getElementById('main');
let leaving = new AbortController();

/** Shows the page of the address. What the page before it had running ends. */
async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { path: [section = 'experiments', id], query } = parse(location.hash);
  const page = PAGES[id === undefined ? section : SINGLE[section]];
  mark(section);
  if (page === undefined) {
    fill(main, h('h1', {}, 'There is no such page'), h('p', {}, `Nothing is shown at ${location.hash}.`));
    return;
  }
  main.setAttribute('aria-busy', 'true');
  try {
    const { render } = await page();
    const context = { id, query, signal, live: (work, milliseconds) => repeat(work, milliseconds, signal, stale) };
    const { title, content } = await render(context);
    if (signal.aborted) return;
    document.title = `${title} – Palimpsest`;
    fill(main, content);
  } catch (failure) {
    if (signal.aborted) return;
    document.title = 'Palimpsest';
    fill(main, h('h1', {}, 'This could not be shown'), trouble(failure));
  }
  main.removeAttribute('aria-busy');
  main.focus({ preventScroll: true });
  scrollTo(0, 0);
}

function mark(section) {
  for (const entry of document.querySelectorAll('#pages a')) {
    const current = entry.hash === `#/${section}`;
    if (current) entry.setAttribute('aria-current', 'page');
    else entry.removeAttribute('aria-current');
  }
}

/** Says that what is shown is not the newest, and takes it back. */
function stale(failure) {
  document.getElementById('stale')?.remove();
  if (failure) main.prepend(h('p', { id: 'stale', class: 'stale', role: 'status' }, `Not up to date: ${failure.message}`));
}

document.getElementById('skip').addEventListener('click', (event) => {
  event.preventDefault(); // the address names the page
  main.focus();
});
onRefusal(askForKey);
keyButton(document.getElementById('key'), show);
themeChoice(document.getElementById('theme'));
addEventListener('hashchange', show);
show();
