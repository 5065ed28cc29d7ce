import { afterEach, describe, expect, it } from 'vitest';
import type { LaterTerm } from './controller.ts';
import { SampleCluster } from './sample-cluster.ts';

describe('the controller of a term', () => {
  let bench = new SampleCluster();
  const running = async (spec: unknown = {}): Promise<SampleCluster> => {
    bench = new SampleCluster();
    bench.write(spec);
    bench.start();
    await bench.settle();
    return bench;
  };
  afterEach(() => bench.stop());

  it('goes on where another left off: it puts its term on record, and changes nothing else', async () => {
    await running();
    const before = await bench.topology();
    await bench.stop();
    bench.forgetWhatHappened();
    bench.start({ term: 2, image: 'topicplane:2' });
    await bench.advance(5000);
    expect(await bench.topology()).toEqual({ ...before, version: { term: 2, epoch: 2 } });
    expect(bench.store.writes.filter((write) => write !== 'status')).toEqual([
      'ConfigMap demo-topology',
    ]);
    expect(bench.store.deleted).toEqual([]);
    expect(new Set(Object.values(bench.held()))).toEqual(new Set(['2.2']));
    expect(bench.members.pushes).toHaveLength(4);
    expect(await bench.condition('Progressing')).toMatchObject({ status: 'False' });
  });

  it('goes on where it left off itself without a write', async () => {
    await running();
    await bench.stop();
    bench.forgetWhatHappened();
    bench.start();
    await bench.advance(5000);
    expect([bench.store.writes, bench.members.pushes]).toEqual([[], []]);
  });

  it('steps aside for a later operator', async () => {
    await running();
    const later = { ...(await bench.topology()), version: { term: 2, epoch: 5 } };
    for (const process of bench.members.processes.values()) process.held = later;
    bench.forgetWhatHappened();
    const told: (readonly [LaterTerm, string])[] = [];
    await bench.stop();
    bench.start({ observer: { superseded: (...args) => void told.push(args) } });
    await bench.update({ caches: [{ name: 'orders' }] });
    await bench.advance(30_000);
    expect(bench.store.writes).toEqual([]);
    expect(bench.members.pushes).toEqual([]);
    expect(told[0]).toEqual([{ term: 2, shownBy: 'member' }, 'default/demo']);
    // Once a minute, although it looks again and again.
    expect(told.length).toBeGreaterThan(10);
    expect(bench.logged).toEqual([expect.stringContaining('share one Lease (--lease-name')]);
  });

  it('tells a later record from members that say they are ahead', async () => {
    await running();
    await bench.stop();
    const record = await bench.store.get('ConfigMap', 'default', 'demo-topology');
    if (!record) throw new Error('there is a record');
    const data = (await bench.topology()).version;
    const text = record.data['topology.json']?.replace(`"term": ${data?.term}`, '"term": 5000');
    bench.store.put('ConfigMap', { ...record, data: { 'topology.json': text ?? '' } });
    const later: LaterTerm[] = [];
    bench.forgetWhatHappened();
    bench.start({ observer: { superseded: (each) => void later.push(each) } });
    await bench.advance(1000);
    expect(later[0]).toEqual({ term: 5000, shownBy: 'record' });
    expect(bench.logged).toEqual([expect.stringContaining('delete the ConfigMap')]);
    expect(bench.store.writes).toEqual([]);
  });

  it('does not follow a member that is far ahead: its cluster is Degraded, and nobody is told', async () => {
    await running();
    const liar = bench.members.processes.get('demo-router-1:8082');
    if (!liar) throw new Error('there is a router');
    const version = { term: 4000, epoch: 5 };
    liar.held = { ...(await bench.topology()), version };
    const later: LaterTerm[] = [];
    await bench.stop();
    bench.start({ observer: { superseded: (each) => void later.push(each) } });
    await bench.advance(5000);
    expect(later).toEqual([]);
    expect(await bench.condition('Degraded')).toMatchObject({
      status: 'True',
      reason: 'TopologyRefused',
      message: expect.stringContaining('a member says that it holds 4000.5') as string,
    });
    // Beyond every term that there can be it isn't one of the members.
    liar.held = { ...liar.held, version: { term: 4e9, epoch: 5 } };
    await bench.advance(5000);
    expect(await bench.condition('Degraded')).toMatchObject({ status: 'False' });
    expect(later).toEqual([]);
  });
});
