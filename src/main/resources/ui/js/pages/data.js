// Data sets with what their check found, and backbones.
import * as api from '../api.js';
import { bytes } from '../core/format.js';
import { address } from '../core/route.js';
import { badge, fill, h, link } from '../view/dom.js';
import { pager, table } from '../view/table.js';

/** The page of the catalogue. */
export async function render({ query, signal, live }) {
  const [after, afterBackbone] = [query.get('after'), query.get('after_backbone')];
  const pages = [h('div'), h('div')];
  const datasets = table({
    caption: 'Data sets', key: (one) => one.id,
    columns: [
      { head: 'Id', cell: ({ id }) => link(`#/data/${id}`, id) },
      { head: 'Name', cell: (one) => one.name },
      { head: 'State', cell: ({ status }) => badge(status) },
      { head: 'Found by the check', cell: ({ checks }) => findings(checks) },
      { head: 'Classes', numeric: true, cell: ({ class_count: count }) => count ?? '–' },
      { head: 'Training images', numeric: true, cell: ({ train_images: count }) => count?.toLocaleString() ?? '–' },
      { head: 'Test images', numeric: true, cell: ({ test_images: count }) => count?.toLocaleString() ?? '–' },
    ],
  });
  const backbones = table({
    caption: 'Backbones', key: (one) => one.id,
    columns: [
      { head: 'Id', cell: (one) => one.id },
      { head: 'Name', cell: (one) => one.name },
      { head: 'State', cell: ({ status }) => badge(status) },
      { head: 'Blocks × width', cell: (one) => (one.depth ? `${one.depth} × ${one.width}, ${one.heads} heads` : '–') },
      { head: 'Image and patch', cell: (one) => (one.image_size ? `${one.image_size} / ${one.patch_size} pixels` : '–') },
      { head: 'Parameters', numeric: true, cell: (one) => one.parameter_count?.toLocaleString() ?? '–' },
      { head: 'Size', numeric: true, cell: (one) => bytes(one.size_bytes) },
      { head: 'Has seen', cell: (one) => one.seen_data ?? 'not told' },
    ],
  });

  async function read() {
    const [sets, weights] = await Promise.all([
      api.get(['datasets'], { limit: 50, after }, signal),
      api.get(['backbones'], { limit: 50, after: afterBackbone }, signal),
    ]);
    datasets.update(sets.data);
    backbones.update(weights.data);
    fill(pages[0], pager(sets, { after, hrefOf: (next) => address(['data'], { after: next, after_backbone: afterBackbone }) }));
    fill(pages[1], pager(weights, { after: afterBackbone, hrefOf: (next) => address(['data'], { after, after_backbone: next }) }));
  }

  await read();
  live(read, 5000);
  return { title: 'Data', content: [h('h1', {}, 'Data and backbones'), datasets.node, pages[0], backbones.node, pages[1]] };
}

function findings(checks) {
  const found = checks.filter(({ count }) => count > 0);
  return found.length === 0 ? 'nothing' : found.map(({ code, level, count }) =>
    h('div', {}, badge(level), ` ${count} ${code.replaceAll('_', ' ')}`));
}
