// A chart with its data beside it: a sentence for those who do not see it, a table, a picture and a CSV file.
import * as echarts from '../../vendor/echarts/echarts.esm.min.js';
import { csv } from '../core/csv.js';
import { palette } from '../core/palette.js';
import { button, fill, h } from './dom.js';
import { dark, onTheme } from './theme.js';

const ROWS = 50;

/** A figure that draws what `update` brings.
 *
 * @param name of its files, without an ending
 * @param signal ends the chart and everything that it listens to
 * @returns `{node, update({option, heads, rows, summary})}`; `option` gets colours and whether the page is dark
 */
export function figure({ title, name, signal, tall = false, note = null }) {
  const canvas = h('div', { class: tall ? 'chart tall' : 'chart', role: 'img', 'aria-label': title });
  const sheet = h('div');
  const details = h('details', { ontoggle: () => showTable() }, h('summary', {}, 'Data table'), sheet);
  const node = h('figure', {},
    h('figcaption', {}, h('h3', {}, title), note && h('p', { class: 'quiet' }, note)),
    canvas,
    h('div', { class: 'actions' },
      button('PNG', () => savePicture(), { 'aria-label': `${title} as PNG` }),
      button('CSV', () => save(new Blob([csv([data.heads, ...data.rows])], { type: 'text/csv' }), `${name}.csv`),
        { 'aria-label': `${title} as CSV` })),
    details);
  let data = { heads: [], rows: [], option: null };
  let chart = null;
  let first = 0;

  function draw() {
    if (!data.option || signal.aborted || !canvas.isConnected || canvas.clientWidth === 0) return;
    chart ??= echarts.init(canvas, null, { renderer: 'canvas' });
    chart.setOption(data.option(palette(dark()), dark()), { notMerge: true });
  }

  function showTable() {
    if (!details.open) {
      sheet.replaceChildren();
      return;
    }
    const last = Math.min(first + ROWS, data.rows.length);
    fill(sheet,
      h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Data of ${title}` }, h('table', {},
        h('caption', { class: 'unseen' }, title),
        h('thead', {}, h('tr', {}, data.heads.map((head) => h('th', { scope: 'col' }, head)))),
        h('tbody', {}, data.rows.slice(first, last).map((row) =>
          h('tr', {}, row.map((value) => h('td', { class: typeof value === 'number' ? 'numeric' : null },
            value === null || value === undefined ? '–' : String(value)))))))),
      data.rows.length > ROWS && h('div', { class: 'actions' },
        button('Earlier rows', () => turn(-ROWS), { disabled: first === 0 }),
        h('span', {}, `rows ${first + 1} to ${last} of ${data.rows.length}`),
        button('Later rows', () => turn(ROWS), { disabled: last === data.rows.length })));
  }

  function turn(by) {
    first = Math.max(0, first + by);
    showTable();
  }

  function savePicture() {
    if (!chart) return;
    const picture = chart.getDataURL({ pixelRatio: 2, backgroundColor: palette(dark()).page });
    const bytes = Uint8Array.from(atob(picture.split(',')[1]), (letter) => letter.charCodeAt(0));
    save(new Blob([bytes], { type: 'image/png' }), `${name}.png`);
  }

  const size = new ResizeObserver(() => (chart ? chart.resize() : draw()));
  size.observe(canvas);
  onTheme(draw, signal);
  signal.addEventListener('abort', () => {
    size.disconnect();
    chart?.dispose();
    chart = null;
  });
  return {
    node,
    update(next) {
      data = next;
      if (first >= data.rows.length) first = 0;
      canvas.setAttribute('aria-label', `${title}. ${data.summary}`);
      draw();
      if (details.open) showTable();
    },
  };
}

/** Gives bytes to the browser as a file. */
export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
