// The methods that experiments can name.
import * as api from '../api.js';
import { words } from '../core/format.js';
import { h, link } from '../view/dom.js';
import { table } from '../view/table.js';

/** The page of all methods. */
export async function render({ signal }) {
  const { data } = await api.get(['methods'], { limit: 100 }, signal);
  const list = table({
    caption: 'Methods', key: (method) => method.name,
    columns: [
      { head: 'Name', cell: ({ name }) => link(`#/methods/${name}`, name) },
      { head: 'Title', cell: (method) => method.title },
      { head: 'Source', cell: (method) => method.reference },
      { head: 'Traits', cell: ({ traits }) => Object.entries(traits).filter(([, value]) => value === true)
        .map(([name]) => words(name)).join(', ') },
      { head: 'Presets', numeric: true, cell: ({ presets }) => presets.length },
    ],
  });
  list.update(data);
  return { title: 'Methods', content: [h('h1', {}, 'Methods'), list.node] };
}
