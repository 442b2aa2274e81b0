// One method: what it is, what can be set, and its presets.
import * as api from '../api.js';
import { leaves } from '../core/difference.js';
import { spread, words } from '../core/format.js';
import { address } from '../core/route.js';
import { field } from '../core/schema.js';
import { facts, h, link } from '../view/dom.js';
import { table } from '../view/table.js';

/** The page of a method. */
export async function render({ id, signal }) {
  const method = await api.get(['methods', id], {}, signal);
  const settings = table({
    caption: 'Settings', key: (row) => row.path, empty: 'It has no settings.',
    columns: [
      { head: 'Setting', cell: (row) => h('code', {}, row.path) },
      { head: 'Default', cell: (row) => h('code', {}, JSON.stringify(row.default) ?? 'required') },
      { head: 'Possible', cell: (row) => row.possible },
      { head: 'Meaning', cell: (row) => row.description },
    ],
  });
  settings.update(described(method.settings_schema));
  const recipe = table({
    caption: 'Recipe of training, where the request says nothing else', key: (row) => row.path,
    empty: 'It does not train.',
    columns: [
      { head: 'Setting', cell: (row) => h('code', {}, row.path) },
      { head: 'Value', cell: (row) => h('code', {}, JSON.stringify(row.value)) },
    ],
  });
  recipe.update([...leaves(method.training_defaults ?? {})].map(([path, value]) => ({ path, value })));
  return {
    title: method.title,
    content: [
      h('h1', {}, method.title),
      h('p', {}, method.reference),
      h('div', { class: 'actions' }, link(address(['new'], { method: id }), 'New experiment with it')),
      facts(Object.fromEntries(Object.entries(method.traits).map(([name, value]) =>
        [words(name), typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)]))),
      facts({
        Phases: method.phases.map(words).join(' → '),
        'Terms of its loss': method.loss_terms.map(words).join(', ') || 'none but cross-entropy',
      }),
      settings.node, recipe.node,
      method.presets.length > 0 && [h('h2', {}, 'Presets'), method.presets.map(preset)],
    ],
  };
}

/** A schema as rows, objects inside objects included. */
function described(schema, path = '') {
  return Object.entries(schema.properties ?? {}).filter(([, one]) => !('const' in one)).flatMap(([name, one]) => {
    const known = field(one, {});
    const at = path ? `${path}.${name}` : name;
    const row = {
      path: at,
      default: known.default,
      description: known.description,
      possible: (known.values ?? known.options?.map((option) => option.name))?.join(', ') ?? known.hint,
    };
    return [row, ...(known.kind === 'object' ? described({ properties: known.properties }, at) : [])];
  });
}

function preset({ name, about, request, published, measured, warnings }) {
  const target = ({ metric, mean, sd, runs }) =>
    `${words(metric)} ${spread(mean, sd)}${runs ? ` (${runs} ${runs === 1 ? 'run' : 'runs'})` : ''}`;
  return h('section', { 'aria-label': name },
    h('h3', {}, name),
    h('p', {}, about),
    h('ul', {}, published.map((one) => h('li', {}, `published, ${one.source}: ${target(one)}`)),
      measured.map((one) => h('li', {}, 'measured ', link(`#/experiments/${one.experiment_id}`, 'here'), `: ${target(one)}`))),
    warnings.length > 0 && h('ul', { class: 'warnings' }, warnings.map(({ detail }) => h('li', {}, detail))),
    h('div', { class: 'actions' }, link(address(['new'], { preset: name }), 'New experiment with it')),
    h('details', {}, h('summary', {}, 'Request'), h('pre', {}, JSON.stringify(request, null, 2))));
}
