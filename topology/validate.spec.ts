import { describe, expect, it } from 'vitest';
import type { topo } from '../proto/index.ts';
import { sampleMember, sampleTopology } from './sample.ts';
import { validateTopology } from './validate.ts';

const sample = sampleTopology();
const { settings } = sample;
const history = settings?.history;
if (!settings || !history) throw new Error('the sample has settings');
const cache = (changes: Partial<topo.Cache>): topo.Cache => {
  return { name: 'orders', publishesPerSecondMax: 0, subscriptionsMax: 0, ...changes };
};

const cases: [string, Partial<topo.Topology>, string[]][] = [
  ['no cluster', { cluster: '' }, ['cluster must be namespace/name/uid, is ""']],
  [
    'half a cluster',
    { cluster: 'default/demo' },
    ['cluster must be namespace/name/uid, is "default/demo"'],
  ],
  ['no version', { version: undefined }, ['version is missing']],
  [
    'epoch 0 in term -1',
    { version: { term: -1, epoch: 0 } },
    [
      'term must be a whole number from 0 to 2147483646, is -1',
      'epoch must be a whole number from 1 to 536870911, is 0',
    ],
  ],
  [
    'a term that no Lease can count',
    { version: { term: 2 ** 31 - 1, epoch: 1 } },
    ['term must be a whole number from 0 to 2147483646, is 2147483647'],
  ],
  [
    'a page origin far off',
    { pageOrigin: 2 ** 29 },
    ['page origin must be a whole number from 0 to 536870911, is 536870912'],
  ],
  [
    'no storage',
    { storage: [], ring: [] },
    ['no storage node is named', 'the ring is empty: no topic would have an owner'],
  ],
  ['an empty ring', { ring: [] }, ['the ring is empty: no topic would have an owner']],
  [
    'a ring member that is nobody',
    { ring: ['demo-storage-0', 'demo-storage-9'] },
    ['ring member "demo-storage-9" is not among the storage nodes'],
  ],
  [
    'a ring member twice',
    { ring: ['demo-storage-0', 'demo-storage-0'] },
    ['ring member "demo-storage-0" is named more than once'],
  ],
  [
    'a storage node twice',
    { storage: [sampleMember('a'), sampleMember('a'), sampleMember('a')], ring: ['a'] },
    ['storage node "a" is named more than once'],
  ],
  [
    'bad members',
    { storage: [sampleMember('A b', { address: 'nowhere', incarnation: '' })], ring: ['A b'] },
    [
      'storage node "A b" must be named by a DNS name',
      'storage node "A b" must have an address host:port, has "nowhere"',
      'storage node "A b" must have an incarnation, has ""',
    ],
  ],
  [
    'port 0',
    { storage: [sampleMember('a', { address: '127.0.0.1:0' })], ring: ['a'] },
    ['storage node "a" must have an address host:port, has "127.0.0.1:0"'],
  ],
  ['a cache twice', { caches: [cache({}), cache({})] }, ['cache "orders" is named more than once']],
  ['a cache without a name', { caches: [cache({ name: '' })] }, ['cache "": cache name is empty']],
  [
    'a cache limit below 0',
    { caches: [cache({ subscriptionsMax: -1 })] },
    ['cache "orders": subscriptions must be a whole number from 0 to 10000000, is -1'],
  ],
  ['no settings', { settings: undefined }, ['settings are missing']],
  [
    'no history',
    { settings: { ...settings, history: undefined } },
    ['history settings are missing'],
  ],
  [
    'settings out of range',
    {
      settings: {
        ...settings,
        messageBytesMax: 0,
        heartbeatMs: 99,
        history: { ...history, itemsMax: 65_537 },
      },
    },
    [
      'message bytes must be a whole number from 1 to 8388608, is 0',
      'heartbeat ms must be a whole number from 100 to 60000, is 99',
      'history items must be a whole number from 1 to 65536, is 65537',
    ],
  ],
  [
    'no word on resume zero',
    { settings: { ...settings, resumeZero: 0 } },
    ['resume zero must be NOTHING or NEWEST, is 0'],
  ],
];

describe('validateTopology', () => {
  it('has nothing to say of a sound one', () => {
    expect(validateTopology(sample)).toEqual([]);
    expect(validateTopology(sampleTopology({ caches: [] }))).toEqual([]);
  });

  it.each(cases)('%s', (_, changes, problems) => {
    expect(validateTopology(sampleTopology(changes))).toEqual(problems);
  });

  it('bounds how many caches and storage nodes there are', () => {
    const caches = Array.from({ length: 1001 }, (_, index) => cache({ name: `c${index}` }));
    const storage = Array.from({ length: 1001 }, (_, index) => sampleMember(`s-${index}`));
    expect(validateTopology(sampleTopology({ caches, storage, ring: ['s-0'] }))).toEqual([
      '1001 storage nodes are named, at most 1000 are allowed',
      '1001 caches are named, at most 1000 are allowed',
    ]);
  });

  it('keeps a hostile name out of the log line', () => {
    const [problem] = validateTopology(
      sampleTopology({ caches: [cache({ name: `a\n${'x'.repeat(500)}` })] }),
    );
    expect(problem).not.toContain('\n');
    expect(problem?.length).toBeLessThan(200);
  });
});
