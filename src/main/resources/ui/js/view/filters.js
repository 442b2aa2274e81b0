// What narrows a list. The filters are in the address, so that a view can be sent to somebody.
import { address } from '../core/route.js';
import { words } from '../core/format.js';
import { h } from './dom.js';

/** A form of filters, each a text or a choice of `values`; sending it goes to the page's address with them. */
export function filters(path, asked, fields) {
  const controls = fields.map(({ name, label, values }) => {
    const control = values
      ? h('select', { id: `filter-${name}`, name, onchange: (event) => event.target.form.requestSubmit() },
        h('option', { value: '' }, 'all'),
        values.map((value) => h('option', { value, selected: asked[name] === value }, words(value))))
      : h('input', { id: `filter-${name}`, name, value: asked[name] ?? '', type: 'search' });
    return h('div', { class: 'field' }, h('label', { for: `filter-${name}` }, label), control);
  });
  return h('form', { class: 'filters', role: 'search', 'aria-label': 'Filters', onsubmit: (event) => {
    event.preventDefault();
    location.hash = address(path, Object.fromEntries(new FormData(event.target)));
  } }, controls, h('button', {}, 'Show'));
}
