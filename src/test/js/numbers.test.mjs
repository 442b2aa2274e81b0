import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differences, leaves } from '../core/difference.js';
import { frozenAfter } from '../core/frozen.js';
import { entries, headerLength, numbers } from '../core/safetensors.js';
import { meanAndDeviation, overCurves } from '../core/statistics.js';

test('the deviation is that of a sample', () => {
  const { n, mean, deviation } = meanAndDeviation([88.91, 88.25, 89.4, 87.93, 88.66]);
  assert.equal(n, 5);
  assert.ok(Math.abs(mean - 88.63) < 1e-9);
  assert.ok(Math.abs(deviation - 0.5715330261673424) < 1e-9);
});

test('one value has no deviation, none has no mean, and null is no zero', () => {
  assert.deepEqual(meanAndDeviation([7]), { n: 1, mean: 7, deviation: null });
  assert.deepEqual(meanAndDeviation([]), { n: 0, mean: null, deviation: null });
  assert.deepEqual(meanAndDeviation([null, 7, undefined]), { n: 1, mean: 7, deviation: null });
});

test('curves of different lengths are averaged where they are', () => {
  assert.deepEqual(overCurves([[1, 3], [3]]).map(({ n, mean }) => [n, mean]), [[2, 2], [1, 3]]);
  assert.deepEqual(overCurves([]), []);
});

test('settings are compared leaf by leaf, arrays as one', () => {
  const one = { method: { name: 'a', rank: 8 }, seeds: [1], split: { order: [1, 2] }, name: 'x' };
  const other = { method: { name: 'a', rank: 16, scale: null }, seeds: [2], split: { order: [2, 1] }, name: 'y' };
  assert.deepEqual(differences([one, other], ['name', 'seeds']), [
    { path: 'method.rank', values: [8, 16] },
    { path: 'split.order', values: [[1, 2], [2, 1]] },
    { path: 'method.scale', values: [undefined, null] },
  ]);
  assert.deepEqual([...leaves({ a: { b: null } })], [['a.b', null]]);
});

test('a matrix froze after the first task whose mask holds a zero', () => {
  const masks = [{ task: 1, values: [1, 1, 1, 0, 1, 1] }, { task: 3, values: [1, 0, 1, 0, 1, 1] }];
  assert.deepEqual(frozenAfter(masks), [[null, 3, null, 1, null, null]]);
  assert.deepEqual(frozenAfter([]), []);
});

test('a tensor is found and read without the rest of its file', () => {
  const header = new TextEncoder().encode(JSON.stringify({
    __metadata__: { format: 'pt' },
    mask: { dtype: 'F64', shape: [1, 2], data_offsets: [0, 16] },
    half: { dtype: 'F32', shape: [1], data_offsets: [16, 20] },
  }));
  const file = new ArrayBuffer(8 + header.length + 20);
  new DataView(file).setBigUint64(0, BigInt(header.length), true);
  new Uint8Array(file).set(header, 8);
  const view = new DataView(file, 8 + header.length);
  view.setFloat64(0, 0.25, true);
  view.setFloat64(8, -3, true);
  view.setFloat32(16, 0.5, true);

  const length = headerLength(file.slice(0, 8));
  const { mask, half, __metadata__: metadata } = entries(file.slice(8, 8 + length), length);
  assert.equal(metadata, undefined);
  assert.deepEqual(numbers(file.slice(mask.first, mask.last + 1), mask.dtype), [0.25, -3]);
  assert.deepEqual(numbers(file.slice(half.first, half.last + 1), half.dtype), [0.5]);
  assert.throws(() => numbers(file, 'BF16'), /BF16/);
});
