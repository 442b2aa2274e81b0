// One data set: its size, and what its check found with examples.
import * as api from '../api.js';
import { few, words } from '../core/format.js';
import { address } from '../core/route.js';
import { badge, facts, fill, h, link, time } from '../view/dom.js';
import { table } from '../view/table.js';

/** The page of a data set. */
export async function render({ id, signal, live }) {
  const head = h('div');
  const checks = table({
    caption: 'What the check found', key: (check) => check.code, empty: 'The check is not finished.',
    columns: [
      { head: 'Check', cell: ({ code }) => words(code) },
      { head: 'Level', cell: ({ level }) => badge(level) },
      { head: 'Count', numeric: true, cell: ({ count }) => count },
      { head: 'Examples', cell: ({ examples }) => h('ul', { class: 'plain' }, examples.map((one) => h('li', {}, h('code', {}, one)))) },
    ],
  });
  let name = id;

  async function read() {
    const one = await api.get(['datasets', id], {}, signal);
    const side = (range) => (range ? (range.min === range.max ? `${range.min}` : `${range.min} to ${range.max}`) : null);
    name = one.name;
    fill(head, facts({
      State: badge(one.status),
      Id: one.id,
      Kind: [one.kind, one.layout].filter(Boolean).join(', '),
      Classes: one.class_count?.toLocaleString(),
      Groups: few(one.groups),
      'Training images': one.train_images?.toLocaleString(),
      'Test images': one.test_images?.toLocaleString(),
      'Width, pixels': side(one.width),
      'Height, pixels': side(one.height),
      Citation: one.citation,
      Registered: time(one.created_at),
      'SHA-256': one.sha256 && h('code', {}, one.sha256),
      'Default split': one.default_split && h('code', {}, JSON.stringify(one.default_split)),
    }));
    checks.update(one.checks);
  }

  await read();
  live(read, 5000);
  return {
    title: name,
    content: [h('h1', {}, name), head,
      h('div', { class: 'actions' }, link(address(['new'], { dataset: id }), 'New experiment with it')), checks.node],
  };
}
