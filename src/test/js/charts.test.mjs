import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curves, heatMap, matrixCells, matrixGrid, spreads } from '../core/charts.js';
import { ink, palette } from '../core/palette.js';

const square = (size, cell) => Array.from({ length: size }, (_, k) =>
  Array.from({ length: size }, (_unused, j) => (j <= k ? cell(k, j) : null)));

function matrix(size) {
  return { tasks_learned: size, task_count: size, test_images: Array(size).fill(100),
    accuracy: square(size, (k, j) => 50 + k - j), correct: square(size, (k, j) => 50 + k - j) };
}

test('cells count tasks from 1 and leave out what is not measured', () => {
  assert.deepEqual(matrixCells(matrix(2)), [
    { after: 1, task: 1, accuracy: 50, correct: 50, images: 100 },
    { after: 2, task: 1, accuracy: 51, correct: 51, images: 100 },
    { after: 2, task: 2, accuracy: 50, correct: 50, images: 100 },
  ]);
});

test('fifty tasks have cells without numbers, a few have them', () => {
  const shown = (size) => heatMap(matrix(size), [], palette(false), false).series[0];
  assert.equal(shown(50).label.show, false);
  assert.equal(shown(50).data.length, 50 * 51 / 2);
  assert.equal(shown(5).label.show, true);
});

test('the tip of a cell has the counts and the name of the task', () => {
  const { tooltip, series: [{ data }] } = heatMap(matrix(2), ['cats', 'dogs'], palette(false), false);
  assert.equal(tooltip.formatter({ data: data[1] }), 'After task 2, on cats\n51.00 % (51 of 100 images)');
});

test('no chart asks for markup in its tip', () => {
  const colours = palette(true);
  for (const option of [heatMap(matrix(1), [], colours, true), curves({ lines: [], x: 'x', y: 'y', colours }),
    spreads({ groups: [], y: 'y', colours }), matrixGrid({ rows: [], kinds: [], colours, label: String, low: 0, high: 1 })]) {
    assert.equal(option.tooltip.renderMode, 'richText');
    assert.equal(option.animation, false);
  }
});

test('a group of one seed has a mean and no deviation', () => {
  const { series: [bar, dots] } = spreads({ colours: palette(false), y: 'percent',
    groups: [{ name: 'a', values: [3], mean: 3, deviation: null }, { name: 'b', values: [], mean: null, deviation: null }] });
  assert.deepEqual(bar.data, [[0, 3, 3, 3]]);
  assert.deepEqual(dots.data, [[0, 3]]);
});

/** Contrast of two colours as WCAG 2 defines it. */
function contrast(one, other) {
  const light = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function between(colours, share) {
  const at = share * (colours.length - 1);
  const [one, other] = [colours[Math.floor(at)], colours[Math.ceil(at)]];
  const part = (place) => Math.round(parseInt(one.slice(place, place + 2), 16) * (1 - at % 1)
    + parseInt(other.slice(place, place + 2), 16) * (at % 1));
  return `#${[1, 3, 5].map((place) => part(place).toString(16).padStart(2, '0')).join('')}`;
}

test('numbers can be read on every colour of the heat map, lines on the page', () => {
  for (const dark of [false, true]) {
    const colours = palette(dark);
    for (let percent = 0; percent <= 100; percent++) {
      const cell = between(colours.heat, percent / 100);
      assert.ok(contrast(cell, ink(percent / 100, dark)) >= 4.5, `${percent} % on ${cell}, dark ${dark}`);
    }
    colours.series.forEach((line) => assert.ok(contrast(line, colours.page) >= 2, `${line}, dark ${dark}`));
    assert.ok(contrast(colours.text, colours.page) >= 7 && contrast(colours.quiet, colours.page) >= 4.5);
  }
});
