// Experiments over their seeds: the spread of each headline metric, and mean curves over tasks.
import * as api from '../api.js';
import { curves, spreads } from '../core/charts.js';
import { number, shortened, spread, words } from '../core/format.js';
import { overCurves } from '../core/statistics.js';
import { h } from './dom.js';
import { figure } from './figure.js';
import { table } from './table.js';

const METRICS = ['final_accuracy', 'average_incremental_accuracy', 'forgetting'];

/** Curves are averaged over at most so many jobs of an experiment; each costs a request. */
const MOST_CURVES = 16;

/** Figures of one or more experiments; `update` gets each as `{name, id, jobs}`. */
export function seeds(signal) {
  const numbers = table({
    caption: 'Mean and sample deviation over seeds', key: (row) => `${row.id} ${row.name} ${row.tasks}`,
    empty: 'No job has finished a task yet.',
    columns: [
      { head: 'Metric', cell: (row) => words(row.name) },
      { head: 'Experiment', cell: (row) => h('span', { title: row.experiment }, shortened(row.experiment, 40)) },
      { head: 'Tasks learned', numeric: true, cell: (row) => row.tasks },
      { head: 'Seeds', numeric: true, cell: (row) => row.n },
      { head: 'Mean ± deviation', numeric: true, cell: (row) => spread(row.mean, row.sd) },
      { head: '95 % interval', numeric: true, cell: ({ ci95 }) => (ci95 ? `${number(ci95.low)} to ${number(ci95.high)}` : '–') },
      { head: 'Lowest to highest', numeric: true, cell: (row) => (row.n > 0 ? `${number(row.min)} to ${number(row.max)}` : '–') },
      { head: 'Unit', cell: (row) => row.unit },
    ],
  });
  const figures = Object.fromEntries(METRICS.map((name) => [name, figure({
    title: words(name).replace(/^./, (letter) => letter.toUpperCase()), name: `seeds-${name}`, signal,
    note: 'Each dot is a seed; the bar is the mean with one sample deviation on each side.',
  })]));
  const average = figure({
    title: 'Average accuracy after each task', name: 'seeds-average-accuracy', signal,
    note: 'Mean over seeds; the table has the sample deviation.',
  });
  const drawn = h('div', { class: 'figures', hidden: true }, METRICS.map((name) => figures[name].node), average.node);

  async function update(experiments) {
    const summaries = await Promise.all(experiments.map(({ id }) =>
      api.get(['experiments', id, 'summary'], { metric: METRICS }, signal)));
    const points = summaries.flatMap((summary, place) => summary.points.map((point) => ({ ...point, of: experiments[place] })));
    numbers.update(METRICS.flatMap((name) => points.flatMap(({ of, tasks_learned: tasks, metrics }) =>
      metrics.filter((metric) => metric.name === name)
        .map((metric) => ({ ...metric, experiment: of.name, id: of.id, tasks })))));
    drawn.hidden = points.length === 0;
    for (const name of METRICS) figures[name].update(spreadFigure(points, name));
    const learned = await Promise.all(experiments.map(({ jobs }) => averages(jobs, signal)));
    average.update(curvesFigure(experiments, learned));
  }

  return { node: h('div', {}, numbers.node, drawn), update };
}

async function averages(jobs, signal) {
  const some = jobs.filter(({ headline, retried_by: again }) => headline !== null && again === null).slice(0, MOST_CURVES);
  const all = await Promise.all(some.map(({ id }) => api.get(['jobs', id, 'cl-metrics'], {}, signal)));
  return overCurves(all.map(({ curves: { average_accuracy: curve } }) => curve));
}

function spreadFigure(points, name) {
  const groups = points.flatMap(({ of, tasks_learned: tasks, metrics }) => metrics.filter((one) => one.name === name)
    .map((one) => ({ name: `${shortened(of.name, 28)}, ${tasks} tasks`, values: one.values.map(({ value }) => value),
      mean: one.mean, deviation: one.sd, unit: one.unit, seeds: one.values })));
  return {
    option: (colours) => spreads({ groups, y: groups[0]?.unit ?? '', colours }),
    heads: ['group', 'seed', 'job', 'value', 'mean', 'sample_deviation'],
    rows: groups.flatMap((group) => group.seeds.map(({ seed, job_id: job, value }) =>
      [group.name, seed, job, value, group.mean, group.deviation])),
    summary: groups.map((group) => `${group.name}: ${spread(group.mean, group.deviation)} ${group.unit}`).join('; '),
  };
}

function curvesFigure(experiments, learned) {
  return {
    option: (colours) => curves({
      lines: experiments.map(({ name }, place) => ({ name: shortened(name, 40),
        points: learned[place].map(({ mean }, task) => [task + 1, mean]) })),
      x: 'after task', y: 'percent', colours, symbols: true,
    }),
    heads: ['experiment', 'after_task', 'seeds', 'mean', 'sample_deviation'],
    rows: experiments.flatMap(({ name }, place) =>
      learned[place].map(({ n, mean, deviation }, task) => [name, task + 1, n, mean, deviation])),
    summary: experiments.map(({ name }, place) => `${name} ends at ${number(learned[place].at(-1)?.mean)} percent`).join('; '),
  };
}
