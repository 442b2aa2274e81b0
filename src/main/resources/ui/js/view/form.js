// A form made from the schema of a request: labels, hints, defaults, and each fault beside its field.
import { words } from '../core/format.js';
import { field as describe, nearest } from '../core/schema.js';
import { control, isDefault } from './controls.js';
import { h } from './dom.js';

/** A form over an object schema.
 *
 * @param suggestions values of fields by their path, data sets for instance
 * @param later whether a top field, by its name, stands under further settings
 * @returns `{node, read(), write(request), faults(list), hints(tree, path)}`
 */
export function schemaForm({ schema, definitions, suggestions = {}, later = () => false }) {
  const fields = new Map();
  const root = object(describe(schema, definitions), '', { definitions, suggestions, fields });
  const more = root.parts.filter(({ name }) => later(name));
  const node = h('div', { class: 'fields' },
    root.parts.filter(({ name }) => !later(name)).map((each) => each.node),
    more.length > 0 && h('details', {}, h('summary', {}, 'Further settings'),
      h('div', { class: 'fields' }, more.map((each) => each.node))));

  /** Shows faults beside their fields; gives back those that belong to none. */
  function faults(list) {
    fields.forEach((field) => field.fault([]));
    const homeless = [];
    const placed = new Map();
    for (const fault of list) {
      const path = nearest(fault.param, fields);
      if (path === null) homeless.push(fault);
      else placed.set(path, [...(placed.get(path) ?? []), fault.detail]);
    }
    placed.forEach((details, path) => fields.get(path).fault(details));
    return homeless;
  }

  /** What holds where a field is left empty, from a tree of values that belongs at a path. */
  function hints(tree, path) {
    for (const [at, field] of fields) {
      if (!at.startsWith(`${path}.`)) continue;
      const value = at.slice(path.length + 1).split('.').reduce((now, name) => now?.[name], tree ?? undefined);
      if (value !== undefined) field.hint?.(value);
    }
  }

  return { node, faults, hints, read: () => root.read() ?? {}, write: (request) => root.write(request) };
}

function part(name, schema, path, form, required) {
  const field = { ...describe(schema, form.definitions), needed: required };
  const label = words(name);
  if (field.kind === 'object') return group(field, path, label, form);
  if (field.kind === 'choice') return choice(field, path, label, form);
  const id = `f-${path}`;
  const one = control(field, id, form.suggestions[path]);
  const fault = faultNote(path, [one.input]);
  form.fields.set(path, { fault: fault.show, hint: one.hint });
  const about = h('p', { class: 'quiet', id: `${id}-about` },
    [field.description, field.hint && `(${field.hint})`].filter(Boolean).join(' '));
  one.input.setAttribute('aria-describedby', `${about.id} ${fault.node.id}`);
  if (required) one.input.setAttribute('aria-required', 'true');
  const labelled = field.kind === 'set'
    ? h('span', { class: 'label', id: `${id}-label` }, label)
    : h('label', { for: id }, label, required && h('span', { class: 'quiet' }, ' needed'));
  if (field.kind === 'set') one.node.setAttribute('aria-labelledby', `${id}-label`);
  return { ...one, node: h('div', { class: 'field' }, labelled, one.node, about, fault.node) };
}

/** Fields inside a field. Absent as long as none of them is filled. */
function object(field, path, form) {
  const parts = Object.entries(field.properties)
    .filter(([, schema]) => !('const' in schema))
    .map(([name, schema]) => ({ name, ...part(name, schema, path ? `${path}.${name}` : name, form, field.required.includes(name)) }));
  return {
    parts,
    read: () => {
      const filled = parts.map(({ name, read }) => [name, read()]).filter(([, value]) => value !== undefined);
      return filled.length === 0 ? undefined : Object.fromEntries(filled);
    },
    write: (value) => parts.forEach((each) => each.write(value?.[each.name])),
  };
}

function group(field, path, label, form) {
  const inner = object(field, path, form);
  const off = h('input', { type: 'checkbox', id: `f-${path}-off` });
  const fields = h('div', { class: 'fields' }, inner.parts.map((each) => each.node));
  const mayBeNull = field.nullable && field.default !== null;
  off.addEventListener('change', () => {
    fields.hidden = off.checked;
  });
  const legend = h('legend', {}, label);
  const fault = faultNote(path, []);
  form.fields.set(path, { fault: fault.show });
  return {
    node: h('fieldset', {}, legend, h('p', { class: 'quiet' }, field.description),
      mayBeNull && h('label', { for: off.id }, off, ' none'), fields, fault.node),
    read: () => (off.checked ? null : inner.read()),
    write: (value) => {
      off.checked = mayBeNull && value === null;
      fields.hidden = off.checked;
      inner.write(value ?? undefined);
    },
  };
}

/** One of several kinds of object, told apart by a tag. */
function choice(field, path, label, form) {
  const id = `f-${path}`;
  const inside = h('div', { class: 'fields' });
  const first = h('option', { value: '' }, 'default');
  const select = h('select', { id }, first, field.options.map(({ name }) => h('option', { value: name }, name)));
  const fault = faultNote(path, [select]);
  let inner = null;

  function choose(name) {
    for (const known of [...form.fields.keys()]) if (known.startsWith(`${path}.`)) form.fields.delete(known);
    const option = field.options.find((each) => each.name === name);
    select.value = option ? name : '';
    inner = option ? object(describe(option.schema, form.definitions), path, form) : null;
    form.fields.set(`${path}.${field.tag}`, { fault: fault.show });
    inside.replaceChildren(...(inner?.parts ?? []).map((each) => each.node));
  }

  select.addEventListener('change', () => choose(select.value));
  select.setAttribute('aria-describedby', fault.node.id);
  form.fields.set(path, { fault: fault.show, hint: (value) => {
    first.textContent = `default: ${value?.[field.tag] ?? 'none'}`;
  } });
  choose('');
  return {
    node: h('fieldset', {}, h('legend', {}, label),
      h('div', { class: 'field' },
        h('label', { for: id }, `${label} ${words(field.tag)}`, field.needed && h('span', { class: 'quiet' }, ' needed')),
        select, h('p', { class: 'quiet' }, field.description), fault.node),
      inside),
    read: () => (inner ? { [field.tag]: select.value, ...inner.read() } : undefined),
    write: (value) => {
      choose(value && !isDefault(field, value) ? value[field.tag] : '');
      inner?.write(value);
    },
  };
}

/** The place where the faults of a field stand, told to those who listen when they are in the field. */
function faultNote(path, inputs) {
  const node = h('p', { class: 'fault', id: `f-${path}-fault`, hidden: true });
  return {
    node,
    show: (details) => {
      node.hidden = details.length === 0;
      node.textContent = details.join(' ');
      inputs.forEach((input) => (details.length > 0 ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid')));
    },
  };
}
