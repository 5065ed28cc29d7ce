import { beforeEach, describe, expect, it } from 'vitest';
import { SampleCluster } from '../sample-cluster.ts';
import type { ConfigMap, OwnerReference } from '../store.ts';
import { recordedTerm } from './recorded-term.ts';

const termMax = 1_000_000;

describe('the term on record', () => {
  let bench: SampleCluster;
  let record: ConfigMap;

  beforeEach(async () => {
    bench = new SampleCluster();
    bench.write({});
    bench.start({ term: 3 });
    await bench.settle();
    await bench.stop();
    const made = await bench.store.get('ConfigMap', 'default', 'demo-topology');
    if (!made) throw new Error('there is a record');
    record = made;
  });

  /** Somebody puts such a record there. */
  const forge = (
    term: number,
    name = 'demo-topology',
    owners?: readonly OwnerReference[],
  ): void => {
    const text = record.data['topology.json']?.replace('"term": 3', `"term": ${term}`) ?? '';
    const { metadata } = record;
    bench.store.put('ConfigMap', {
      ...record,
      metadata: { ...metadata, name, ownerReferences: owners ?? metadata.ownerReferences ?? [] },
      data: { 'topology.json': text },
    });
  };

  it('is that of the topology of a cluster that is there', async () => {
    expect(await recordedTerm(bench.store, termMax)).toBe(3);
    forge(8);
    expect(await recordedTerm(bench.store, termMax)).toBe(8);
  });

  it('is not what stands in a map of somebody else', async () => {
    forge(8, 'other-topology');
    forge(9, 'demo-topology', []);
    expect(await recordedTerm(bench.store, termMax)).toBe(0);
    const [owner] = record.metadata.ownerReferences ?? [];
    if (!owner) throw new Error('the cluster owns its record');
    forge(9, 'demo-topology', [{ ...owner, uid: 'of-one-that-is-gone' }]);
    expect(await recordedTerm(bench.store, termMax)).toBe(0);
  });

  it.each([termMax + 1, 2 ** 31 - 2, 2 ** 31, 4e9])(
    'is not %d, which was never led',
    async (term) => {
      forge(term);
      expect(await recordedTerm(bench.store, termMax)).toBe(0);
    },
  );

  it('goes with the cluster', async () => {
    await bench.store.delete('TopicCluster', 'default', 'demo');
    expect(await recordedTerm(bench.store, termMax)).toBe(0);
  });
});
