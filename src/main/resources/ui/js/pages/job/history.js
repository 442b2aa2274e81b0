// What happened to a job: its tasks, attempts, checkpoints and events.
import * as api from '../../api.js';
import { bytes, duration, few, number, shortened, words } from '../../core/format.js';
import { badge, button, h, time } from '../../view/dom.js';
import { save } from '../../view/figure.js';
import { table } from '../../view/table.js';

/** The page keeps so many events, whatever a job tells. */
const EVENTS = 100;

/** Tasks of a job, planned ones included. */
export function tasks() {
  return table({
    caption: 'Tasks', key: (task) => task.task,
    columns: [
      { head: 'Task', numeric: true, cell: (task) => task.task },
      { head: 'Name', cell: (task) => h('span', { title: task.name }, shortened(task.name, 40)) },
      { head: 'State', cell: (task) => badge(task.status) },
      { head: 'Classes', cell: ({ classes }) => classList(classes) },
      { head: 'Images', numeric: true, cell: (task) => `${task.train_images} + ${task.test_images}` },
      { head: 'Training', numeric: true, cell: (task) => duration(task.train_seconds) },
      { head: 'Images a second', numeric: true, cell: (task) => number(task.images_per_second, 0) },
      { head: 'Parameters', numeric: true, cell: (task) => task.trainable_parameters?.toLocaleString() ?? '–' },
    ],
  });
}

/** A few labels; all of them on demand, which builds them only then. */
export function classList(classes) {
  if (classes.length <= 6) return few(classes);
  const all = h('div', { class: 'all' });
  return h('details', { ontoggle: ({ target }) => {
    all.textContent = target.open ? classes.join(', ') : '';
  } }, h('summary', {}, few(classes, 4)), all);
}

/** Executions of a job. */
export function attempts() {
  return table({
    caption: 'Attempts', key: (attempt) => attempt.number, empty: 'No attempt has begun.',
    columns: [
      { head: 'Attempt', numeric: true, cell: (attempt) => attempt.number },
      { head: 'Device', cell: (attempt) => `${attempt.device} (${attempt.device_name})` },
      { head: 'Precision', cell: (attempt) => attempt.precision ?? '–' },
      { head: 'From checkpoint', cell: (attempt) => attempt.resumed_from_checkpoint_id ?? 'the start' },
      { head: 'Began', cell: (attempt) => time(attempt.started_at) },
      { head: 'Ended', cell: (attempt) => time(attempt.ended_at) },
      { head: 'Because', cell: (attempt) => words(attempt.end_reason) },
      { head: 'Peak memory', cell: (attempt) => bytes(attempt.peak_device_bytes ?? attempt.peak_host_bytes) },
    ],
  });
}

/** Checkpoints with what they hold. */
export function checkpoints(failed) {
  return table({
    caption: 'Checkpoints, newest first', key: (checkpoint) => checkpoint.id, empty: 'Nothing is saved yet.',
    columns: [
      { head: 'Checkpoint', cell: ({ id }) => h('code', {}, id) },
      { head: 'Kind', cell: ({ kind, task, epoch }) => `${words(kind)} ${task}${epoch ? `, epoch ${epoch}` : ''}` },
      { head: 'State', cell: ({ status }) => badge(status) },
      { head: 'Holds', cell: ({ contains }) => contains.map(words).join(', ') },
      { head: 'Classes', numeric: true, cell: ({ class_count: count }) => count },
      { head: 'Size', numeric: true, cell: ({ size_bytes: size }) => bytes(size) },
      { head: 'Created', cell: ({ created_at: at }) => time(at) },
      { head: 'Files', cell: ({ id }) => button('tar', (event) => download(id, event.currentTarget, failed),
        { 'aria-label': `Download ${id}`, data: { focus: 'tar' } }) },
    ],
  });
}

async function download(id, pressed, failed) {
  pressed.disabled = true;
  try {
    save(await api.bytes(['checkpoints', id, 'content']), `${id}.tar`);
  } catch (failure) {
    failed(failure);
  } finally {
    pressed.disabled = false;
  }
}

/** The newest events; `take(event)` puts one in front. */
export function events() {
  const shown = table({
    caption: 'Newest events first', key: (event) => event.sequence,
    columns: [
      { head: 'No.', numeric: true, cell: (event) => event.sequence },
      { head: 'Time', cell: (event) => time(event.created_at) },
      { head: 'Event', cell: (event) => h('code', {}, event.type) },
      { head: 'What happened', cell: (event) => event.message },
    ],
  });
  let newest = [];
  let drawing = null;
  return {
    node: shown.node,
    take(event) {
      newest = [event, ...newest].slice(0, EVENTS);
      // a finished job tells all its events at once
      drawing ??= requestAnimationFrame(() => {
        drawing = null;
        shown.update(newest);
      });
    },
  };
}
