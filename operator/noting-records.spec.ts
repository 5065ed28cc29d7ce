import { describe, expect, it } from 'vitest';
import { notingRecords } from './noting-records.ts';
import { SampleCluster } from './sample-cluster.ts';
import { ConflictError } from './store.ts';

const metadata = { name: 'demo-topology', namespace: 'default' };
const record = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: {} } as const;

describe('the write of a record', () => {
  const noted = async (befall: (bench: SampleCluster) => void): Promise<readonly string[]> => {
    const bench = new SampleCluster();
    befall(bench);
    const outcomes: string[] = [];
    const store = notingRecords(bench.store, (outcome) => void outcomes.push(outcome));
    await store.apply('ConfigMap', record).catch(() => undefined);
    return outcomes;
  };
  const conflict = () => Promise.reject(new ConflictError('another wrote first'));

  it.each<[string, (bench: SampleCluster) => void, string[]]>([
    ['made', () => undefined, ['unknown', 'written']],
    ['failed', ({ store }) => store.failing.add('ConfigMap'), ['unknown']],
    [
      'refused',
      ({ store }) => store.refusing.set('ConfigMap', 'ApplyFailed'),
      ['unknown', 'not written'],
    ],
    ['overtaken', ({ store }) => (store.apply = conflict), ['unknown', 'not written']],
  ])('that was %s', async (_, befall, outcomes) => {
    expect(await noted(befall)).toEqual(outcomes);
  });
});
