// Single fields of a form made from a schema. Left empty, a field is not sent and the service's default holds.
import { asJson, asList, asMap, asNumber } from '../core/schema.js';
import { few } from '../core/format.js';
import { h } from './dom.js';

const NULL = 'null';

/** What is sent for a field that is left alone. */
export const ABSENT = undefined;

/** A control for a field that holds no other fields: `{node, input, read(), write(value), hint(value)}`. */
export function control(field, id, suggestions) {
  switch (field.kind) {
    case 'boolean': return choice(field, id, [true, false], (value) => (value ? 'yes' : 'no'));
    case 'enum': return choice(field, id, suggestions ?? field.values, String);
    case 'set': return several(field, id);
    case 'number': return typed(field, id, { text: String, value: asNumber, decimal: true });
    case 'list': return typed(field, id, { text: (list) => list.join(', '), value: (text) => asList(text, field.items) });
    case 'map': return typed(field, id, { lines: 3, text: mapText, value: asMap, example: 'name = value' });
    case 'json': return typed(field, id, { lines: 6, text: (value) => JSON.stringify(value, null, 2), value: asJson });
    default: return suggestions
      ? choice(field, id, suggestions, String)
      : typed(field, id, { lines: field.long ? 3 : 0, text: String, value: (text) => text });
  }
}

/** Whether a value is what the service takes by itself. */
export function isDefault(field, value) {
  return 'default' in field && JSON.stringify(field.default) === JSON.stringify(value);
}

/** A default in words, for an empty field. */
function defaultText(value) {
  if (value === undefined) return '';
  if (value === null) return 'none';
  return Array.isArray(value) ? few(value) : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function typed(field, id, { lines = 0, text, value, decimal = false, example = '' }) {
  const input = lines > 0
    ? h('textarea', { id, rows: lines, spellcheck: 'false' })
    : h('input', { id, inputmode: decimal ? 'decimal' : null, autocomplete: 'off', spellcheck: 'false' });
  const mayBeNull = field.nullable && field.default !== null;
  const hint = (shown) => {
    input.placeholder = defaultText(shown) || example;
  };
  hint(field.default);
  return {
    node: input,
    input,
    hint,
    read: () => {
      if (input.value.trim() === '') return ABSENT;
      return mayBeNull && input.value.trim() === NULL ? null : value(input.value);
    },
    write: (next) => {
      input.value = next === undefined || isDefault(field, next) ? '' : next === null ? NULL : text(next);
    },
  };
}

function choice(field, id, values, name) {
  const first = h('option', { value: '' });
  const all = field.nullable && field.default !== null && field.default !== undefined ? [...values, null] : values;
  const input = h('select', { id }, first, all.map((value, place) =>
    h('option', { value: String(place) }, value === null ? 'none' : name(value))));
  const hint = (shown) => {
    first.textContent = shown === undefined ? 'choose' : `default: ${defaultText(shown)}`;
  };
  hint(field.default);
  return {
    node: input,
    input,
    hint,
    read: () => (input.value === '' ? ABSENT : all[Number(input.value)]),
    write: (next) => {
      const place = isDefault(field, next) ? -1 : all.findIndex((value) => value === next);
      input.value = place < 0 ? '' : String(place);
    },
  };
}

function several(field, id) {
  const boxes = field.values.map((value) => h('input', { type: 'checkbox', id: `${id}-${value}`, value }));
  const note = h('span', { class: 'quiet' });
  const node = h('div', { class: 'boxes', role: 'group', id },
    boxes.map((box) => h('label', { for: box.id }, box, ` ${box.value}`)), note);
  const hint = (shown) => {
    note.textContent = shown === undefined ? '' : `none chosen: ${defaultText(shown)}`;
  };
  hint(field.default);
  return {
    node,
    input: node,
    hint,
    read: () => {
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      return chosen.length === 0 ? ABSENT : chosen;
    },
    write: (next) => boxes.forEach((box) => {
      box.checked = !isDefault(field, next) && (next ?? []).includes(box.value);
    }),
  };
}

function mapText(map) {
  return Object.entries(map).map(([name, value]) => `${name} = ${value}`).join('\n');
}
