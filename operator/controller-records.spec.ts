import { afterEach, describe, expect, it, vi } from 'vitest';
import { topologyToJson } from '../topology/index.ts';
import type { PlanEvent } from './plan/index.ts';
import { SampleCluster } from './sample-cluster.ts';
import { ConflictError } from './store.ts';

describe('a record that somebody did away with', () => {
  let bench = new SampleCluster();
  afterEach(() => bench.stop());
  const events: PlanEvent[] = [];
  const told = () => events.map(({ type, reason }) => `${type} ${reason}`);
  const changedOnce = async (): Promise<void> => {
    bench = new SampleCluster();
    bench.write({});
    bench.start({ observer: { event: (_, event) => void events.push(event) } });
    await bench.settle();
    await bench.update({ caches: [{ name: 'orders' }] });
    events.length = 0;
    bench.forgetWhatHappened();
  };
  const write = async (text: string): Promise<void> => {
    const record = await bench.store.get('ConfigMap', 'default', 'demo-topology');
    if (!record) throw new Error('there is a record');
    bench.store.put('ConfigMap', { ...record, data: { 'topology.json': text } });
    await bench.settle();
  };

  it.each<[string, (before: string) => Promise<void>]>([
    ['deleted', () => bench.store.delete('ConfigMap', 'default', 'demo-topology')],
    ['damaged', () => write('{}')],
    ['edited', (before) => write(before.replace('"epoch": 2', '"epoch": 1'))],
  ])('is put back as it was when it was %s, and no member is told anything', async (_, befall) => {
    await changedOnce();
    const before = await bench.topology();
    await befall(topologyToJson(before));
    await bench.settle();
    expect(await bench.topology()).toEqual(before);
    expect([told(), bench.members.pushes]).toEqual([['Normal RecordPutBack'], []]);
  });

  it('is put back by a later leader that had seen it, in its own term, with the same pages', async () => {
    await changedOnce();
    const before = await bench.topology();
    await bench.stop();
    const apply = vi.spyOn(bench.store, 'apply');
    apply.mockRejectedValue(new ConflictError('another wrote first'));
    bench.start({ term: 2 });
    await bench.settle();
    await bench.store.delete('ConfigMap', 'default', 'demo-topology');
    apply.mockRestore();
    await bench.advance(5000);
    expect(await bench.topology()).toEqual({ ...before, version: { term: 2, epoch: 3 } });
  });

  it('is given to nobody while it can not be put back', async () => {
    await changedOnce();
    const deletion = bench.store.delete('ConfigMap', 'default', 'demo-topology');
    bench.store.refusing.set('ConfigMap', 'ApplyFailed');
    await deletion;
    await bench.advance(500);
    await bench.crash('router', 0);
    await bench.run('router', 0);
    await bench.settle();
    expect(bench.members.pushes).toEqual([]);
    bench.store.refusing.clear();
    await bench.advance(60_000);
    expect(bench.members.pushes).toEqual(['demo-router-0 1.2']);
  });

  it('is put back at last when that fails without a word at first', async () => {
    await changedOnce();
    const before = await bench.topology();
    bench.store.failing.add('ConfigMap');
    await bench.store.delete('ConfigMap', 'default', 'demo-topology');
    await bench.advance(3000);
    bench.store.failing.clear();
    await bench.advance(5000);
    expect(await bench.topology()).toEqual(before);
  });

  it('is put back when it is gone as soon as it was written', async () => {
    await changedOnce();
    const write = bench.store.apply.bind(bench.store);
    vi.spyOn(bench.store, 'apply').mockImplementationOnce(async (kind, object) => {
      const applied = await write(kind, object);
      await bench.store.delete(kind, 'default', object.metadata.name);
      return applied;
    });
    await bench.update({ caches: [{ name: 'other' }] });
    expect(await bench.topology()).toMatchObject({ version: { epoch: 3 }, ringEpoch: 1 });
    expect(told()).not.toContain('Warning TopicsLost');
  });

  it('is made anew, with a warning, when the write before ended without a word', async () => {
    await changedOnce();
    bench.store.failing.add('ConfigMap');
    await bench.update({ caches: [{ name: 'other' }] });
    await bench.store.delete('ConfigMap', 'default', 'demo-topology');
    bench.store.failing.clear();
    await bench.advance(5000);
    expect(await bench.topology()).toMatchObject({ ringEpoch: 3, previousRingEpoch: 3 });
    expect(told()).toContain('Warning TopicsLost');
  });

  it('is made anew, with a warning, above what members hold when the operator never saw it', async () => {
    await changedOnce();
    await bench.stop();
    await bench.store.delete('ConfigMap', 'default', 'demo-topology');
    bench.start({ observer: { event: (_, event) => void events.push(event) } });
    await bench.settle();
    const { version, ringEpoch } = await bench.topology();
    expect([version, ringEpoch]).toEqual([{ term: 1, epoch: 3 }, 3]);
    expect(new Set(Object.values(bench.held()))).toEqual(new Set(['1.3']));
    expect(told()).toContain('Warning TopicsLost');
  });
});
