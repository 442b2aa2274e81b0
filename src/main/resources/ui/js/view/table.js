// Tables that are updated row by row, so that focus and scrolling stay where they are.
import { h } from './dom.js';

/** A table that scrolls by itself on narrow screens.
 *
 * @param columns each `{head, cell(row), numeric}`; a cell gives text, an element or several
 * @returns `{node, update(rows)}`
 */
export function table({ caption, columns, key = (_, place) => place, empty = 'Nothing here yet.', }) {
  const body = h('tbody');
  const nothing = h('p', { class: 'quiet', hidden: true }, empty);
  const whole = h('table', {},
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, columns.map(({ head, numeric }) =>
      h('th', { scope: 'col', class: numeric ? 'numeric' : null }, head)))),
    body);
  const scroller = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, whole);
  const kept = new Map();

  function update(rows) {
    const wanted = new Set();
    rows.forEach((row, place) => {
      const name = key(row, place);
      wanted.add(name);
      const state = JSON.stringify(row);
      let entry = kept.get(name);
      if (entry === undefined) {
        entry = { element: h('tr'), state: null };
        kept.set(name, entry);
      }
      if (entry.state !== state) redraw(entry, row, state);
      if (body.children[place] !== entry.element) body.insertBefore(entry.element, body.children[place] ?? null);
    });
    for (const [name, { element }] of kept) {
      if (!wanted.has(name)) {
        element.remove();
        kept.delete(name);
      }
    }
    scroller.hidden = rows.length === 0;
    nothing.hidden = rows.length > 0;
  }

  function redraw(entry, row, state) {
    const focused = entry.element.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
    entry.state = state;
    entry.element.replaceChildren(...columns.map(({ cell, numeric }) =>
      h('td', { class: numeric ? 'numeric' : null }, cell(row))));
    if (focused) entry.element.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  update([]);
  return { node: h('div', { class: 'table' }, scroller, nothing), update };
}

/** Links to the first and the next page of a list that has cursors. */
export function pager(page, { after, hrefOf }) {
  return h('nav', { class: 'pager', 'aria-label': 'Pages of the list' },
    after ? h('a', { href: hrefOf(null) }, 'First page') : null,
    page.has_more ? h('a', { href: hrefOf(page.last_id), rel: 'next' }, 'Next page') : null);
}
