import { describe, expect, it } from 'vitest';
import { parseTopology } from '../../topology/index.ts';
import type { ConfigMap } from '../store.ts';
import { readHeldTopology } from './held-topology.ts';

const cluster = 'default/demo/uid-1';
const text = (of: string) =>
  JSON.stringify({
    cluster: of,
    version: { term: 1, epoch: 1 },
    pageOrigin: 0,
    caches: [],
    storage: [{ name: 'demo-storage-0', address: '10.0.0.1:8081', incarnation: 'i' }],
    ring: ['demo-storage-0'],
    ringEpoch: 1,
    previousRingEpoch: 0,
    settings: {
      messageBytesMax: 1048576,
      history: { itemsMax: 256, bytesMax: 1048576, ageMsMax: 120_000, idleMsMax: 600_000 },
      heartbeatMs: 5000,
      resumeZero: 'nothing',
    },
  });

function held(record: string | undefined) {
  const configMap = {
    data: record === undefined ? {} : { 'topology.json': record },
  } as unknown as ConfigMap;
  return readHeldTopology(configMap, cluster);
}

describe('the topology on record', () => {
  it('is held when it can be read', () => {
    const sound = text(cluster);
    expect(held(sound)).toEqual({ kind: 'held', topology: parseTopology(sound) });
  });

  it('is none without its key, and when it is of another cluster', () => {
    for (const record of [undefined, text('default/demo/uid-2')]) {
      expect(held(record)).toEqual({ kind: 'none' });
    }
  });

  it.each([
    ['{}', /^version must be an object, is missing, and \d+ more$/],
    [`{"a": ${'b\n'.repeat(1000)}`, /^not JSON: [^\n]+$/],
    [`${'x'.repeat(1000)}`, /^not JSON: [^\n]+$/],
  ])('is unreadable, with a line that says why, when it is damaged: %.20s', (record, problem) => {
    const found = held(record);
    expect(found).toEqual({ kind: 'unreadable', problem: expect.stringMatching(problem) });
    expect(JSON.stringify(found).length).toBeLessThan(300);
  });
});
