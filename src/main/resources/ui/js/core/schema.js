// JSON Schemas of requests as fields of a form, and what is typed there as JSON.
//
// The form checks nothing itself: what cannot be read as a number goes to the service as it was typed, which
// answers all faults at once with the same words for every client.

/** What a schema asks for, free of references and of `null` as a type.
 *
 * `kind` is one of choice, object, set, list, map, enum, boolean, number, text, json.
 */
export function field(schema, definitions) {
  const whole = resolved(schema, definitions);
  const { schema: plain, nullable } = withoutNull(whole, definitions);
  const common = {
    nullable,
    description: whole.description ?? plain.description ?? '',
    default: 'default' in whole ? whole.default : plain.default,
    hint: bounds(plain),
    constant: plain.const,
  };
  if (plain.oneOf) return { ...common, kind: 'choice', ...options(plain, definitions) };
  if (plain.enum) return { ...common, kind: 'enum', values: plain.enum.filter((value) => value !== null) };
  const type = [plain.type].flat().find((name) => name !== 'null');
  if (type === 'object') {
    return plain.properties
      ? { ...common, kind: 'object', properties: plain.properties, required: plain.required ?? [] }
      : { ...common, kind: 'map' };
  }
  if (type === 'array') {
    const items = resolved(plain.items ?? {}, definitions);
    if (items.enum) return { ...common, kind: 'set', values: items.enum };
    const plainItems = ['integer', 'number', 'string'].includes(items.type);
    return plainItems ? { ...common, kind: 'list', items: items.type } : { ...common, kind: 'json' };
  }
  if (type === 'boolean') return { ...common, kind: 'boolean' };
  if (type === 'integer' || type === 'number') return { ...common, kind: 'number' };
  return { ...common, kind: 'text', long: (plain.maxLength ?? 0) > 500 };
}

/** Follows references into `definitions`, by the last part of their path. */
export function resolved(schema, definitions) {
  let now = schema;
  for (let hops = 0; now.$ref && hops < 16; hops++) now = definitions[now.$ref.split('/').at(-1)] ?? {};
  return now;
}

function withoutNull(schema, definitions) {
  const members = schema.anyOf?.map((member) => resolved(member, definitions));
  if (members) {
    const kept = members.filter((member) => member.type !== 'null');
    return { schema: kept.length === 1 ? kept[0] : { ...schema, anyOf: kept }, nullable: kept.length < members.length };
  }
  return { schema, nullable: [schema.type].flat().includes('null') };
}

function options(schema, definitions) {
  const members = schema.oneOf.map((member) => resolved(member, definitions));
  const tag = schema.discriminator?.propertyName ?? tagOf(members);
  return { tag, options: members.map((member) => ({ name: member.properties[tag].const, schema: member })) };
}

function tagOf(members) {
  return Object.keys(members[0].properties).find((name) => members.every((one) => 'const' in one.properties[name]));
}

/** The limits of a number or a text in words: `1..256`, `more than 0`. */
function bounds(schema) {
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const high = schema.maximum ?? schema.exclusiveMaximum;
  const unit = schema.unit ? ` ${schema.unit}` : '';
  const above = schema.exclusiveMinimum === undefined ? `at least ${low}` : `more than ${low}`;
  const below = schema.exclusiveMaximum === undefined ? `at most ${high}` : `less than ${high}`;
  if (low === undefined && high === undefined) return unit.trim();
  if (low === undefined) return below + unit;
  if (high === undefined) return above + unit;
  const exact = schema.exclusiveMinimum === undefined && schema.exclusiveMaximum === undefined;
  return (exact ? `${low}..${high}` : `${above}, ${below}`) + unit;
}

/** What was typed for a number; the text itself where it is none. */
export function asNumber(text) {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

/** A list typed with commas or lines. */
export function asList(text, items) {
  const parts = text.split(/[,\n]/).map((part) => part.trim()).filter((part) => part !== '');
  return items === 'string' ? parts : parts.map(asNumber);
}

/** Lines of `name = value`. A line without `=` keeps its whole text as the name. */
export function asMap(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(lines.map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? [line.trim(), ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  }));
}

/** JSON where it is JSON, else the text. */
export function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The known path that is or holds the one named in a fault: `split.tasks[0].name` lies in `split.tasks`. */
export function nearest(param, known) {
  let path = param ?? '';
  while (path !== '') {
    if (known.has(path)) return path;
    const cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    path = cut < 0 ? '' : path.slice(0, cut);
  }
  return null;
}
