import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asJson, asList, asMap, asNumber, field, nearest } from '../core/schema.js';

const DEFINITIONS = {
  Adam: { type: 'object', properties: { name: { const: 'adam' }, beta1: { type: 'number', default: 0.9 } } },
  Sgd: { type: 'object', properties: { name: { const: 'sgd' } } },
};

test('a choice is told apart by its tag, with a discriminator or by the constants', () => {
  const members = { oneOf: [{ $ref: '#/components/schemas/Adam' }, { $ref: '#/components/schemas/Sgd' }] };
  for (const schema of [{ ...members, discriminator: { propertyName: 'name' } }, members]) {
    const { kind, tag, options } = field(schema, DEFINITIONS);
    assert.deepEqual([kind, tag, options.map(({ name }) => name)], ['choice', 'name', ['adam', 'sgd']]);
  }
});

test('null beside a type makes a field that may be null', () => {
  assert.deepEqual(field({ type: ['integer', 'null'], default: null, minimum: 1 }, {}),
    { nullable: true, description: '', default: null, hint: 'at least 1', constant: undefined, kind: 'number' });
  const either = field({ anyOf: [{ type: 'object', properties: {} }, { type: 'null' }], default: {} }, {});
  assert.deepEqual([either.kind, either.nullable, either.default], ['object', true, {}]);
  assert.deepEqual(field({ type: ['string', 'null'], enum: ['a', null] }, {}).values, ['a']);
});

test('every kind of array and object has a field', () => {
  const kind = (schema) => field(schema, DEFINITIONS).kind;
  assert.equal(kind({ type: 'array', items: { enum: ['q', 'k'] } }), 'set');
  assert.equal(kind({ type: 'array', items: { type: 'integer' } }), 'list');
  assert.equal(kind({ type: 'array', items: { type: 'object' } }), 'json');
  assert.equal(kind({ type: 'object', additionalProperties: { type: 'string' } }), 'map');
  assert.equal(kind({ type: 'boolean' }), 'boolean');
  assert.equal(kind({ type: 'string' }), 'text');
});

test('limits are told as the service tells them', () => {
  const hint = (schema) => field({ type: 'number', ...schema }, {}).hint;
  assert.equal(hint({ minimum: 1, maximum: 256 }), '1..256');
  assert.equal(hint({ exclusiveMinimum: 0 }), 'more than 0');
  assert.equal(hint({ minimum: 0, exclusiveMaximum: 1 }), 'at least 0, less than 1');
  assert.equal(hint({ minimum: 32, maximum: 518, unit: 'pixels' }), '32..518 pixels');
  assert.equal(hint({}), '');
});

test('what is no number goes to the service as it was typed', () => {
  assert.equal(asNumber('1e-4'), 0.0001);
  assert.equal(asNumber('eight'), 'eight');
  assert.deepEqual(asList('1, 2\n3, x', 'integer'), [1, 2, 3, 'x']);
  assert.deepEqual(asList('1, b', 'string'), ['1', 'b']);
  assert.deepEqual(asMap('team = vision\n\npaper = a = b\nalone'), { team: 'vision', paper: 'a = b', alone: '' });
  assert.deepEqual(asJson('[{"classes":["a"]}]'), [{ classes: ['a'] }]);
  assert.equal(asJson('[{'), '[{');
});

test('a fault stands at the field that is or holds what it names', () => {
  const known = new Map(['split', 'split.tasks', 'method.rank'].map((path) => [path, 1]));
  assert.equal(nearest('split.tasks[0].classes[1]', known), 'split.tasks');
  assert.equal(nearest('split.orders', known), 'split');
  assert.equal(nearest('method.rank', known), 'method.rank');
  assert.equal(nearest('methods', known), null);
  assert.equal(nearest('', known), null);
});
