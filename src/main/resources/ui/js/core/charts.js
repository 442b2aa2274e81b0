// What the charts show, as options of the chart library. Pure: data and colours in, an option out.
import { number } from './format.js';
import { ink, SYMBOLS } from './palette.js';

/** Above so many tasks the cells of a heat map are too small for numbers. */
const MOST_LABELLED = 14;

function frame(colours) {
  return {
    animation: false,
    textStyle: { color: colours.text, fontFamily: 'system-ui, sans-serif' },
    color: colours.series,
    // the library's markup for tips has inline styles, which the page's policy refuses
    tooltip: { renderMode: 'richText', confine: true, backgroundColor: colours.page, borderColor: colours.line,
      textStyle: { color: colours.text } },
  };
}

function axis(colours, more) {
  return {
    axisLine: { lineStyle: { color: colours.line } },
    axisLabel: { color: colours.quiet, hideOverlap: true },
    nameTextStyle: { color: colours.quiet },
    splitLine: { lineStyle: { color: colours.line } },
    nameLocation: 'middle',
    ...more,
  };
}

/** An accuracy matrix: rows are the model after a task, columns the tasks it is tested on. */
export function heatMap(matrix, tasks, colours, dark) {
  const cells = matrixCells(matrix);
  const numbers = Array.from({ length: matrix.tasks_learned }, (_, place) => String(place + 1));
  const labelled = matrix.tasks_learned <= MOST_LABELLED;
  return {
    ...frame(colours),
    grid: { left: 56, right: 16, top: 12, bottom: 92 },
    tooltip: {
      ...frame(colours).tooltip,
      formatter: ({ data: { value: [task, after, accuracy, correct, images] } }) =>
        `After task ${after + 1}, on ${tasks[task] ?? `task ${task + 1}`}\n${number(accuracy)} % `
        + `(${correct} of ${images} images)`,
    },
    xAxis: axis(colours, { type: 'category', data: numbers, name: 'tested on task', nameGap: 26,
      splitLine: { show: false } }),
    yAxis: axis(colours, { type: 'category', data: numbers, name: 'after task', nameGap: 34, inverse: true,
      splitLine: { show: false } }),
    visualMap: { min: 0, max: 100, dimension: 2, calculable: false, orient: 'horizontal', left: 'center', bottom: 4,
      text: ['100 %', '0 %'], textStyle: { color: colours.quiet }, inRange: { color: colours.heat }, itemHeight: 120 },
    series: [{
      type: 'heatmap',
      label: { show: labelled, formatter: ({ data: { value } }) => number(value[2], 1) },
      itemStyle: { borderColor: colours.page, borderWidth: labelled ? 2 : 0 },
      data: cells.map(({ after, task, accuracy, correct, images }) => ({
        value: [task - 1, after - 1, accuracy, correct, images],
        label: { color: ink(accuracy / 100, dark) },
      })),
    }],
  };
}

/** The measured cells of a matrix, counted from 1. */
export function matrixCells(matrix) {
  return matrix.accuracy.flatMap((row, after) => row.flatMap((accuracy, task) => accuracy === null ? [] : [{
    after: after + 1, task: task + 1, accuracy, correct: matrix.correct[after][task], images: matrix.test_images[task],
  }]));
}

/** Lines over a number or over tasks.
 *
 * @param lines each `{name, points: [[x, y], ...]}`; a point without a value is a gap
 * @param marks `{at, name}`: upright lines, where a task begins for instance
 */
export function curves({ lines, x, y, marks = [], colours, symbols = false, low = undefined }) {
  return {
    ...frame(colours),
    grid: { left: 64, right: 20, top: lines.length > 1 ? 40 : 16, bottom: 44 },
    legend: { show: lines.length > 1, type: 'scroll', top: 4, textStyle: { color: colours.text },
      pageTextStyle: { color: colours.text }, pageIconColor: colours.text },
    tooltip: { ...frame(colours).tooltip, trigger: 'axis',
      valueFormatter: (value) => (value == null ? '–' : String(Number(value.toPrecision(6)))) },
    xAxis: axis(colours, { type: 'value', name: x, nameGap: 26, min: 'dataMin', max: 'dataMax', minInterval: 1,
      splitLine: { show: false } }),
    yAxis: axis(colours, { type: 'value', name: y, nameGap: 46, scale: low === undefined, min: low }),
    series: lines.map((line, place) => ({
      type: 'line',
      name: line.name,
      data: line.points,
      showSymbol: symbols,
      symbol: SYMBOLS[place % SYMBOLS.length],
      symbolSize: 7,
      lineStyle: { width: 2, type: place >= SYMBOLS.length ? 'dashed' : 'solid' },
      markLine: place > 0 || marks.length === 0 ? undefined : {
        silent: true, symbol: 'none', lineStyle: { color: colours.line, type: 'solid' },
        label: { show: marks.length <= MOST_LABELLED, color: colours.quiet, formatter: '{b}', position: 'insideEnd', rotate: 0 },
        data: marks.map(({ at, name }) => ({ xAxis: at, name })),
      },
    })),
  };
}

/** Bars by category with intervals: `{name, value, low, high}`; a value that is null has no bar. */
export function bars({ entries, x, y, colours }) {
  return {
    ...frame(colours),
    grid: { left: 64, right: 20, top: 16, bottom: 44 },
    tooltip: { ...frame(colours).tooltip, trigger: 'axis', valueFormatter: (value) => number(value) },
    xAxis: axis(colours, { type: 'category', data: entries.map(({ name }) => name), name: x, nameGap: 26,
      splitLine: { show: false } }),
    yAxis: axis(colours, { type: 'value', name: y, nameGap: 46 }),
    series: [{ type: 'bar', name: y, barMaxWidth: 36, data: entries.map(({ value }) => value) }],
  };
}

/** Single values by group with mean and mean ± sample deviation: `{name, values, mean, deviation}`. */
export function spreads({ groups, y, colours }) {
  const bar = groups.flatMap(({ mean, deviation }, place) =>
    mean === null ? [] : [[place, mean, mean - (deviation ?? 0), mean + (deviation ?? 0)]]);
  return {
    ...frame(colours),
    grid: { left: 64, right: 20, top: 16, bottom: 44 },
    tooltip: { ...frame(colours).tooltip, formatter: ({ data, seriesType }) => seriesType === 'custom'
      ? `${groups[data[0]].name}\nmean ${number(data[1])}, sample deviation ${number(groups[data[0]].deviation)}`
      : `${groups[data[0]].name}\n${number(data[1])}` },
    xAxis: axis(colours, { type: 'category', data: groups.map(({ name }) => name), splitLine: { show: false },
      axisLabel: { color: colours.quiet, interval: 0, width: 110, overflow: 'truncate' } }),
    yAxis: axis(colours, { type: 'value', name: y, nameGap: 46, scale: true }),
    series: [
      { type: 'custom', data: bar, encode: { x: 0, y: [1, 2, 3] }, renderItem: (_, api) => deviationMark(api, colours) },
      { type: 'scatter', symbolSize: 8, itemStyle: { opacity: 0.75 },
        data: groups.flatMap(({ values }, place) => values.map((value) => [place, value])) },
    ],
  };
}

function deviationMark(api, colours) {
  const [x, mean] = api.coord([api.value(0), api.value(1)]);
  const low = api.coord([api.value(0), api.value(2)])[1];
  const high = api.coord([api.value(0), api.value(3)])[1];
  const line = (x1, y1, x2, y2, width) => ({
    type: 'line', shape: { x1, y1, x2, y2 }, style: { stroke: colours.text, lineWidth: width },
  });
  return { type: 'group', children: [
    line(x, low, x, high, 1.5), line(x - 8, low, x + 8, low, 1.5), line(x - 8, high, x + 8, high, 1.5),
    line(x - 14, mean, x + 14, mean, 3),
  ] };
}

/** Values of blocks and kinds of matrices; null cells stay empty. `label` names a value. */
export function matrixGrid({ rows, kinds, colours, label, low, high, pieces = false }) {
  const cells = rows.flatMap((row, block) => row.map((value, kind) => ({ block, kind, value })));
  return {
    ...frame(colours),
    grid: { left: 56, right: 16, top: 12, bottom: pieces ? 44 : 92 },
    tooltip: { ...frame(colours).tooltip,
      formatter: ({ data: { value: [kind, block], shown } }) => `block ${block + 1}, ${kinds[kind]}\n${label(shown)}` },
    xAxis: axis(colours, { type: 'category', data: kinds, name: 'matrix', nameGap: 26, splitLine: { show: false } }),
    yAxis: axis(colours, { type: 'category', data: rows.map((_, block) => String(block + 1)), name: 'block', nameGap: 34,
      inverse: true, splitLine: { show: false } }),
    visualMap: { show: !pieces, text: ['high', 'low'], min: low, max: high, dimension: 2, orient: 'horizontal', left: 'center', bottom: 4,
      calculable: false, itemHeight: 120, textStyle: { color: colours.quiet },
      inRange: { color: pieces ? [colours.free, colours.frozen] : colours.heat } },
    series: [{
      type: 'heatmap',
      itemStyle: { borderColor: colours.page, borderWidth: 2 },
      label: { show: pieces, color: '#10191c', formatter: ({ data }) => (data.shown === null ? '' : String(data.shown)) },
      data: cells.map(({ block, kind, value }) => ({
        value: [kind, block, pieces ? Number(value !== null) : value ?? low],
        shown: value,
      })),
    }],
  };
}
