// How training went: the metric series of a job, a chart for those that are measured alike.
import * as api from '../../api.js';
import { curves } from '../../core/charts.js';
import { measured, words } from '../../core/format.js';
import { fill, h, trouble } from '../../view/dom.js';
import { figure } from '../../view/figure.js';

/** Enough for a chart of any width; the service keeps the lowest and the highest of what it leaves out. */
const POINTS = 600;

const GROUPS = [
  { title: 'Loss', note: 'Cross-entropy says how well the task is learned; the whole loss also has the terms of the method.',
    holds: (name) => name === 'train.loss.cross_entropy' },
  { title: 'Loss of later phases', note: 'While heads are aligned, or while few stored images are learned once more.',
    holds: (name) => ['align.loss', 'few_shot.loss'].includes(name) },
  { title: 'Whole loss', note: 'What the optimiser sees: cross-entropy and the terms of the method, with their weights.',
    holds: (name) => name === 'train.loss' },
  { title: 'Terms of the method', note: 'Orthogonality and the like, as they enter the loss.',
    holds: (name) => /^train\.loss\.(?!cross_entropy)/.test(name) },
  { title: 'Training accuracy', note: 'On batches, augmented: no measure of what is remembered.',
    holds: (name) => name === 'train.accuracy' },
  { title: 'Learning rate', holds: (name) => name === 'train.learning_rate' },
  { title: 'Gradient norm', note: 'Before clipping.', holds: (name) => name === 'train.gradient_norm' },
  { title: 'Accuracy after each task', holds: (name) => name.startsWith('eval.') },
  { title: 'Numbers of the method', holds: (name) => name.startsWith('method.') },
  { title: 'Images a second', holds: (name) => name === 'train.images_per_second' },
  { title: 'Seconds an epoch', holds: (name) => name === 'train.epoch_seconds' },
  { title: 'Memory', holds: (name) => name.startsWith('system.') },
];

/** The part on training; `update()` reads them again. */
export function training(job, signal) {
  const shown = new Map();
  const figures = h('div', { class: 'figures' });
  const problems = h('div');

  async function update() {
    try {
      const { series } = await api.get(['jobs', job.id, 'metrics'], { max_points: POINTS }, signal);
      fill(problems, series.length === 0 && h('p', { class: 'quiet' }, 'No epoch is finished yet.'));
      for (const group of GROUPS) {
        const members = series.filter(({ name, points }) => points.length > 0 && group.holds(name));
        // series that count differently cannot share an axis
        for (const [x, together] of Map.groupBy(members, (one) => one.x)) draw(group, x, together, members.length > together.length);
      }
    } catch (failure) {
      if (!signal.aborted) fill(problems, trouble(failure));
    }
  }

  function draw(group, x, series, several) {
    const title = several ? `${group.title} by ${x}` : group.title;
    if (!shown.has(title)) {
      const one = figure({ title, name: `${job.id}-${title.toLowerCase().replaceAll(' ', '-')}`, signal, note: group.note });
      shown.set(title, one);
      figures.append(one.node);
    }
    shown.get(title).update(seriesFigure(x, series));
  }

  return {
    node: [problems, figures],
    update,
  };
}

function seriesFigure(x, series) {
  const inMebibytes = series[0].unit === 'bytes';
  const shown = (value) => (inMebibytes ? value / 2 ** 20 : value);
  const place = ({ task, step }, index) => (x === 'task' ? task : x === 'step' ? step : index + 1);
  const begins = new Map();
  series[0].points.forEach((point, index) => {
    if (!begins.has(point.task)) begins.set(point.task, place(point, index));
  });
  const last = series.map(({ name, points }) => `${words(name)} ends at ${measured(shown(points.at(-1).value))}`);
  return {
    option: (colours) => curves({
      lines: series.map(({ name, points }) => ({ name, points: points.map((point, index) => [place(point, index), shown(point.value)]) })),
      x: x === 'epoch' ? 'epoch over all tasks' : x,
      y: inMebibytes ? 'MiB' : series.find(({ unit }) => unit)?.unit ?? '',
      marks: x === 'task' ? [] : [...begins].map(([task, at]) => ({ at, name: `T${task}` })),
      colours,
      symbols: x === 'task',
    }),
    heads: ['series', 'unit', 'task', 'epoch', 'step', 'value', 'attempt', 'at'],
    rows: series.flatMap(({ name, unit, points }) => points.map((point) =>
      [name, unit, point.task, point.epoch, point.step, point.value, point.attempt, point.at])),
    summary: `${last.join('; ')}.${series.some(({ downsampled }) => downsampled) ? ' Only extremes are drawn.' : ''}`,
  };
}
