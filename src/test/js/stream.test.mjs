import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from '../core/sse.js';

const STREAM = 'id:1\nevent:job.queued\nretry:3000\ndata:{"sequence":1}\n\n: keep-alive\n\n'
  + 'event: progress\r\ndata: {"percent":\r\ndata: 12.5}\r\n\r\nevent:end\ndata:{}\n\n';
const EVENTS = [
  { id: '1', event: 'job.queued', data: '{"sequence":1}' },
  { id: null, event: 'progress', data: '{"percent":\n12.5}' },
  { id: null, event: 'end', data: '{}' },
];

test('a stream cut at any place gives the same events', () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const taken = [];
    const reader = new EventReader((event) => taken.push(event));
    reader.push(STREAM.slice(0, cut));
    reader.push(STREAM.slice(cut));
    assert.deepEqual(taken, EVENTS, `cut at ${cut}`);
  }
});

test('letter by letter too', () => {
  const taken = [];
  const reader = new EventReader((event) => taken.push(event));
  [...STREAM].forEach((letter) => reader.push(letter));
  assert.deepEqual(taken, EVENTS);
});

test('an event without data is none, and an unfinished one waits', () => {
  const taken = [];
  const reader = new EventReader((event) => taken.push(event));
  reader.push('event: x\n\ndata: 1\n');
  assert.deepEqual(taken, []);
  reader.push('\n');
  assert.deepEqual(taken, [{ id: null, event: 'message', data: '1' }]);
});
