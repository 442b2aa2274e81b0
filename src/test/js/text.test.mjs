import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csv } from '../core/csv.js';
import { bytes, duration, few, measured, number, shortened, spread, until } from '../core/format.js';
import { address, parse } from '../core/route.js';

test('a field with a comma, a quote or a line end is quoted, and null is empty', () => {
  assert.equal(csv([['a', 'b'], ['x,y', 'say "no"'], ['two\nlines', null], [0, -1.5]]),
    'a,b\r\n"x,y","say ""no"""\r\n"two\nlines",\r\n0,-1.5\r\n');
});

test('a text that a spreadsheet would compute is kept a text', () => {
  assert.equal(csv([['=1+1', '@x', '-2', -2]]), "'=1+1,'@x,'-2,-2\r\n");
});

test('what is not measured is a dash and never a zero', () => {
  for (const shown of [number(null), number(undefined), number(Number.NaN), measured(null), duration(null), bytes(null),
    until(null, 0), duration(Number.POSITIVE_INFINITY)]) assert.equal(shown, '–');
  assert.equal(number(0), '0.00');
  assert.equal(measured(0), '0');
});

test('a spread needs a deviation', () => {
  assert.equal(spread(88.63, 0.5715), '88.63 ± 0.57');
  assert.equal(spread(88.63, null), '88.63');
});

test('durations are told in two units', () => {
  assert.deepEqual([0.4, 59.6, 61, 3599, 3661, 90000].map(duration),
    ['0 s', '1 min 00 s', '1 min 01 s', '59 min 59 s', '1 h 01 min', '1 d 01 h']);
});

test('an estimate that has passed is due', () => {
  const now = Date.parse('2026-11-28T12:00:00Z');
  assert.equal(until('2026-11-28T12:01:05Z', now), '1 min 05 s');
  assert.equal(until('2026-11-28T11:59:00Z', now), 'due');
});

test('measured numbers keep four digits, whatever their size', () => {
  assert.deepEqual([0.0015, 246.98352, 0.0000123, 12345678.9, 5].map(measured), ['0.0015', '247', '1.230e-5', '1.235e+7', '5']);
});

test('long names keep both ends', () => {
  const name = `${'a'.repeat(100)}seed 42`;
  assert.equal(shortened(name, 21).length, 21);
  assert.ok(shortened(name, 21).endsWith('seed 42'));
  assert.equal(shortened('short', 21), 'short');
  assert.equal(few(['a', 'b', 'c'], 2), 'a, b and 1 more');
});

test('an address and what it was made of are the same', () => {
  const made = address(['jobs', 'a/b c'], { status: ['running', 'queued'], after: null, owner: '', name: 'ü&=' });
  const { path, query } = parse(made);
  assert.deepEqual(path, ['jobs', 'a/b c']);
  assert.deepEqual(query.getAll('status'), ['running', 'queued']);
  assert.equal(query.get('name'), 'ü&=');
  assert.equal(query.has('after') || query.has('owner'), false);
});

test('a broken address is a page that does not exist, and no exception', () => {
  assert.deepEqual(parse('#/jobs/%E0%A4%A').path, ['jobs', '%E0%A4%A']);
  assert.deepEqual(parse('').path, []);
});
