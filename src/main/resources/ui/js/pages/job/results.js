// What a job has learned: accuracy matrix, forgetting by task, metrics with their definitions.
import * as api from '../../api.js';
import { bars, curves, heatMap, matrixCells } from '../../core/charts.js';
import { number, words } from '../../core/format.js';
import { fill, h, trouble } from '../../view/dom.js';
import { figure } from '../../view/figure.js';
import { table } from '../../view/table.js';

const MEASURES = ['top1', 'top5', 'task_known', 'task_id', 'inferred_task'];
const STAGES = ['final', 'before_alignment', 'before_few_shot'];
const DATA = ['test', 'validation'];

/** The part on results; `update()` reads them again, `name(tasks)` names its columns. */
export function results(job, signal) {
  const choice = { measure: 'top1', stage: 'final', data: 'test' };
  const problems = h('div');
  const heat = figure({
    title: 'Accuracy matrix', name: `${job.id}-accuracy-matrix`, signal, tall: true,
    note: 'Row: the model after a task. Column: the task it is tested on. Percent of its images that are right.',
  });
  const forgetting = figure({
    title: 'Forgetting by task', name: `${job.id}-forgetting`, signal,
    note: 'Best accuracy before the last task, less the accuracy now. Points; below zero the task got better.',
  });
  const overTasks = figure({
    title: 'Averages after each task', name: `${job.id}-averages`, signal,
    note: 'Over the tasks learned so far, each task counting the same.',
  });
  const byTask = table({
    caption: 'Accuracy by task now', key: (row) => row.task,
    columns: [
      { head: 'Task', numeric: true, cell: (row) => row.task },
      { head: 'When learned', numeric: true, cell: (row) => number(row.learned) },
      { head: 'Best before', numeric: true, cell: (row) => number(row.best_before) },
      { head: 'Now', numeric: true, cell: (row) => number(row.now) },
      { head: '95 % interval', numeric: true,
        cell: ({ interval95: range }) => (range ? `${number(range.low)} to ${number(range.high)}` : '–') },
      { head: 'Forgetting', numeric: true, cell: (row) => number(row.forgetting) },
    ],
  });
  const metrics = table({
    caption: 'Metrics', key: (row) => row.name, empty: 'No task is finished yet.',
    columns: [
      { head: 'Metric', cell: (row) => words(row.name) },
      { head: 'Value', numeric: true, cell: (row) => number(row.value) },
      { head: 'Unit', cell: (row) => row.unit },
      { head: 'Better', cell: (row) => row.better },
      { head: 'Definition', cell: (row) => h('code', {}, row.definition) },
      { head: 'If empty', cell: (row) => (row.null_reason ? words(row.null_reason) : '') },
    ],
  });
  let names = [];

  async function update() {
    try {
      const [matrix, all] = await Promise.all([
        api.get(['jobs', job.id, 'accuracy-matrix'], choice, signal),
        api.get(['jobs', job.id, 'cl-metrics'], choice, signal),
      ]);
      fill(problems, matrix.tasks_learned === 0 && h('p', { class: 'quiet' },
        'No row of this matrix is measured yet, or this measure does not exist for this job.'));
      heat.update(matrixFigure(matrix, names));
      forgetting.update(forgettingFigure(all));
      overTasks.update(averagesFigure(all));
      byTask.update(all.by_task);
      metrics.update([...all.metrics, ...all.cost.map((cost) => ({ ...cost, better: '' }))]);
    } catch (failure) {
      if (!signal.aborted) fill(problems, trouble(failure));
    }
  }

  const select = (name, values) => h('div', { class: 'field' }, h('label', { for: `matrix-${name}` }, words(name)),
    h('select', { id: `matrix-${name}`, onchange: ({ target }) => {
      choice[name] = target.value;
      update();
    } }, values.map((value) => h('option', { value }, words(value)))));
  const node = [
    h('div', { class: 'filters' }, select('measure', MEASURES), select('stage', STAGES), select('data', DATA)),
    problems,
    heat.node,
    h('div', { class: 'figures' }, forgetting.node, overTasks.node),
    byTask.node, metrics.node,
  ];
  return { node, update, name: (tasks) => { names = tasks.map((task) => task.name); } };
}

function matrixFigure(matrix, names) {
  const cells = matrixCells(matrix);
  const last = cells.filter((cell) => cell.after === matrix.tasks_learned);
  const average = last.reduce((sum, cell) => sum + cell.accuracy, 0) / last.length;
  return {
    option: (colours, dark) => heatMap(matrix, names, colours, dark),
    heads: ['after_task', 'task', 'task_name', 'correct', 'test_images', 'accuracy'],
    rows: cells.map((cell) => [cell.after, cell.task, names[cell.task - 1] ?? null, cell.correct, cell.images, cell.accuracy]),
    summary: last.length === 0 ? 'Nothing is measured yet.'
      : `After task ${matrix.tasks_learned} of ${matrix.task_count} the tasks learned have ${number(average)} percent on average.`,
  };
}

function forgettingFigure({ by_task: tasks }) {
  const worst = tasks.filter((task) => task.forgetting !== null).sort((a, b) => b.forgetting - a.forgetting)[0];
  return {
    option: (colours) => bars({
      entries: tasks.map((task) => ({ name: String(task.task), value: task.forgetting })),
      x: 'task', y: 'forgetting, points', colours,
    }),
    heads: ['task', 'learned', 'best_before', 'now', 'forgetting', 'interval95_low', 'interval95_high'],
    rows: tasks.map((task) => [task.task, task.learned, task.best_before, task.now, task.forgetting,
      task.interval95?.low ?? null, task.interval95?.high ?? null]),
    summary: worst ? `Task ${worst.task} lost most: ${number(worst.forgetting)} points.` : 'There is no earlier task to forget.',
  };
}

function averagesFigure({ curves: series }) {
  const shown = ['average_accuracy', 'learning_accuracy', 'forgetting'].filter((name) => series[name]);
  const length = Math.max(0, ...shown.map((name) => series[name].length));
  return {
    option: (colours) => curves({
      lines: shown.map((name) => ({ name: words(name), points: series[name].map((value, place) => [place + 1, value]) })),
      x: 'after task', y: 'percent or points', colours, symbols: true,
    }),
    heads: ['after_task', ...shown],
    rows: Array.from({ length }, (_, place) => [place + 1, ...shown.map((name) => series[name][place] ?? null)]),
    summary: `${shown.map(words).join(', ')} after ${length} tasks.`,
  };
}
