import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { settingBounds } from '../../topology/index.ts';
import { resolve } from './defaults.ts';
import type { Field } from './field.ts';
import { specSchema, type TopicClusterSpec } from './schema.ts';
import { problemsOf } from './validate.ts';

/** Every field with its path. */
function* walk(field: Field, path: string): Iterable<[string, Field]> {
  yield [path, field];
  if (field.type === 'list') yield* walk(field.items, `${path}[]`);
  if (field.type === 'object') {
    for (const [name, child] of Object.entries(field.fields)) yield* walk(child, `${path}.${name}`);
  }
}
const fields = [...walk(specSchema, 'spec')];

/** Values that the field takes, absent ones included. */
function validValues(field: Field): fc.Arbitrary<unknown> {
  const present = presentValues(field);
  const required = field.type === 'text' && field.required;
  return required ? present : fc.option(present, { nil: undefined, freq: 3 });
}

const label = fc.stringMatching(/^[a-z]{1,20}$/);

/** A label where one will do. */
function textOf(expression = ''): fc.Arbitrary<string> {
  return new RegExp(expression).test('label') ? label : fc.stringMatching(new RegExp(expression));
}

function presentValues(field: Field): fc.Arbitrary<unknown> {
  switch (field.type) {
    case 'integer':
      return fc.integer({ min: field.min, max: field.max });
    case 'boolean':
      return fc.boolean();
    case 'text':
      return field.values ? fc.constantFrom(...field.values) : textOf(field.pattern?.expression);
    case 'quantity':
      return fc.constantFrom(field.min, field.max);
    case 'map':
      return fc.dictionary(label, label, { maxKeys: field.entriesMax });
    case 'list': {
      const { key } = field;
      const options = { maxLength: 5 };
      const items = presentValues(field.items);
      if (key === undefined) return fc.array(items, options);
      const selector = (item: unknown) => (item as Record<string, unknown>)[key];
      return fc.uniqueArray(items, { ...options, selector });
    }
    case 'object': {
      const fields = Object.entries(field.fields).map(([name, child]) => {
        return [name, validValues(child)] as const;
      });
      const objects = fc.record(Object.fromEntries(fields));
      return objects.filter((object) => {
        const resolved = resolve(field, object);
        return (field.rules ?? []).every((rule) => rule.holds(resolved));
      });
    }
  }
}

describe('the schema', () => {
  it.each(fields)('%s explains itself in sentences', (_, field) => {
    expect(field.description).toMatch(/^[A-Z].*\.$/);
  });

  it('has defaults that pass its own checks', () => {
    for (const [path, field] of fields) {
      if ((field.type === 'integer' || field.type === 'text') && field.default !== undefined) {
        expect([path, problemsOf(field, field.default, [])]).toEqual([path, []]);
      }
    }
    expect(problemsOf(specSchema, resolve(specSchema, undefined), [])).toEqual([]);
  });

  it('gives the types that follow from it', () => {
    expectTypeOf<TopicClusterSpec['router']['replicas']>().toEqualTypeOf<number>();
    expectTypeOf<TopicClusterSpec['stream']['resumeZero']>().toEqualTypeOf<'nothing' | 'newest'>();
    expectTypeOf<TopicClusterSpec['image']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<TopicClusterSpec['caches'][number]['name']>().toEqualTypeOf<string>();
    expectTypeOf<TopicClusterSpec['caches'][number]['limits']['subscriptions']>().toEqualTypeOf<
      number | undefined
    >();
  });

  it('takes seconds whose milliseconds a topology takes', () => {
    const { history } = specSchema.fields.storage.fields;
    for (const [field, bounds] of [
      [history.fields.ageSeconds, settingBounds.historyAgeMsMax],
      [history.fields.idleSeconds, settingBounds.historyIdleMsMax],
      [specSchema.fields.stream.fields.heartbeatSeconds, settingBounds.heartbeatMs],
    ] as const) {
      expect(field.min * 1000).toBeGreaterThanOrEqual(bounds.min);
      expect(field.max * 1000).toBeLessThanOrEqual(bounds.max);
    }
  });
});

describe('resolve', () => {
  const specs = validValues(specSchema);

  it('keeps what was written, adds only defaults, and has nothing to add the second time', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        expect(problemsOf(specSchema, spec, [])).toEqual([]);
        const resolved = resolve(specSchema, spec);
        expect(problemsOf(specSchema, resolved, [])).toEqual([]);
        expect(resolve(specSchema, resolved)).toEqual(resolved);
        if (spec !== undefined) expect(resolved).toMatchObject(withoutAbsent(spec) as object);
      }),
    );
  });

  it('leaves what it was given as it was', () => {
    const spec = Object.freeze({ router: Object.freeze({}) });
    expect(resolve(specSchema, spec).router.replicas).toBe(2);
    expect(spec).toEqual({ router: {} });
  });
});

function withoutAbsent(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
