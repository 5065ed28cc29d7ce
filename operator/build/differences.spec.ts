import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differences } from './differences.ts';

describe('differences', () => {
  it.each([
    ['a value', { spec: { replicas: 3 } }, { spec: { replicas: 2 } }, ['spec.replicas: 2 -> 3']],
    ['what is missing', { a: { b: 'x' } }, {}, ['a: {"b":"x"} added']],
    ['an item', { args: ['a', 'b'] }, { args: ['a', 'c'] }, ['args[1]: "c" -> "b"']],
    ['a length', { args: ['a'] }, { args: ['a', 'c'] }, ['args: 1 items instead of 2']],
    ['a kind of value', { a: [] }, { a: {} }, ['a: {} -> []']],
    [
      'a container that is gone',
      { containers: [{ name: 'a' }] },
      { containers: [{ name: 'b' }] },
      ['containers[0]: {"name":"a"} added'],
    ],
    [
      'what changed in one of many volumes',
      { volumes: [{ name: 'b', configMap: { name: 'x' } }] },
      { volumes: [{ name: 'a' }, { name: 'b', configMap: { name: 'y' } }] },
      ['volumes[0].configMap.name: "y" -> "x"'],
    ],
    ['null', { a: null }, { a: 1 }, ['a: 1 -> null']],
    ['that a long text is another', { a: 'x'.repeat(100) }, { a: 'y' }, ['a: changed']],
    ['that a long text is missing', { a: 'x'.repeat(100) }, {}, ['a: added']],
    [
      'that a long text is too much',
      { selector: {} },
      { selector: { a: 'x'.repeat(100) } },
      ['selector.a: removed'],
    ],
    [
      'a port of another protocol',
      { ports: [{ port: 1 }] },
      { ports: [{ port: 1, protocol: 'UDP' }] },
      ['ports[0]: {"port":1} added'],
    ],
    ['what only every object has', { toString: 'x' }, {}, ['toString: "x" added']],
    [
      'what others put into the selector of a Service',
      { spec: { selector: { app: 'a' } } },
      { spec: { selector: { app: 'a', track: 'b' } } },
      ['spec.selector.track: "b" removed'],
    ],
    [
      'what others put into the selector of anything else',
      { selector: { matchLabels: { app: 'a' } } },
      {
        selector: {
          matchLabels: { track: 'b', app: 'a' },
          matchExpressions: [{ key: 'c', operator: 'Exists' }],
        },
      },
      [
        'selector.matchLabels.track: "b" removed',
        'selector.matchExpressions: [{"key":"c","operator":"Exists"}] removed',
      ],
    ],
    [
      'what others demand of nodes',
      { template: { nodeSelector: { disk: 'ssd' } } },
      { template: { nodeSelector: { disk: 'ssd', zone: 'a' } } },
      ['template.nodeSelector.zone: "a" removed'],
    ],
    [
      'what others put into a selector inside of an item that is merged',
      { topologySpreadConstraints: [{ topologyKey: 'h', labelSelector: { matchLabels: {} } }] },
      {
        topologySpreadConstraints: [
          { topologyKey: 'h', labelSelector: { matchLabels: { app: 'a' } } },
        ],
      },
      ['topologySpreadConstraints[0].labelSelector.matchLabels.app: "a" removed'],
    ],
  ])('shows %s', (_, desired, actual, lines) => {
    expect(differences(desired, actual)).toEqual(lines);
  });

  it.each([
    ['a field that others set', { a: 1 }, { a: 1, b: 2 }],
    [
      'a default inside of an item',
      { ports: [{ port: 1 }] },
      { ports: [{ port: 1, protocol: 'TCP' }] },
    ],
    [
      'a container that others put beside ours',
      { containers: [{ name: 'router', image: 'i' }] },
      { containers: [{ name: 'proxy' }, { name: 'router', image: 'i' }] },
    ],
    [
      'the order of what is told apart by a field',
      { ports: [{ port: 1 }, { port: 2, name: 'b' }] },
      {
        ports: [
          { port: 2, name: 'b' },
          { port: 1, nodePort: 30001 },
        ],
      },
    ],
    [
      'the order of a selector',
      { selector: { matchLabels: { a: '1', b: '2' } } },
      { selector: { matchLabels: { b: '2', a: '1' } } },
    ],
    ['labels of others', { labels: { a: '1' } }, { labels: { a: '1', b: '2' } }],
    ['a list named as something every object has', { toString: [[]] }, { toString: [[]] }],
    ['a field that is not wanted at all', { a: undefined }, { a: 1 }],
  ])('is silent on %s', (_, desired, actual) => {
    expect(differences(desired, actual)).toEqual([]);
  });

  it('finds nothing between equals and something between unequals', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(differences(a, structuredClone(a))).toEqual([]);
        const both = [...differences(a, b), ...differences(b, a)];
        expect(both.length === 0).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
      }),
    );
  });
});

/** With the fields of objects in order; -0 stays apart from 0. */
function sorted(value: unknown): unknown {
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { entries: entries.map(([name, child]) => [name, sorted(child)]) };
}
