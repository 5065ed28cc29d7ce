import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import { SampleCluster } from '../sample-cluster.ts';
import { ConflictError } from '../store.ts';
import { Fence } from './fence.ts';
import { Leadership } from './leadership.ts';
import { SoleOperator } from './sole-operator.ts';

describe('what a leader does', () => {
  let sample: SampleCluster;
  let clock: ManualClock;
  let isLeading: boolean;
  let leadership: Leadership;

  beforeEach(() => {
    sample = new SampleCluster();
    clock = new ManualClock();
    isLeading = true;
    leadership = new Leadership({
      store: sample.store,
      clock,
      log: silentLogger,
      namespace: undefined,
      image: 'topicplane:1',
      isLeading: () => isLeading,
    });
  });
  afterEach(async () => {
    await leadership.lose();
    expect(clock.pending).toBe(0);
    expect(sample.store.watchers).toBe(0);
  });

  it('begins when it leads, for the clusters of every namespace', async () => {
    sample.write({});
    await turns();
    expect(sample.store.writes).toEqual([]);
    leadership.lead(1);
    await turns();
    expect(sample.store.writes).toContain('StatefulSet demo-router');
  });

  it('ends when it leads no more, and begins anew when it leads again', async () => {
    leadership.lead(1);
    await leadership.lose();
    sample.write({});
    await turns();
    expect(sample.store.writes).toEqual([]);
    leadership.lead(2);
    await turns();
    expect(sample.store.writes).toContain('StatefulSet demo-router');
  });

  it('does not begin what was lost again before it could', async () => {
    sample.write({});
    leadership.lead(1);
    void leadership.lose();
    await turns();
    expect(sample.store.writes).toEqual([]);
  });

  it('writes nothing once its own clock says that another may lead', async () => {
    isLeading = false;
    sample.write({});
    leadership.lead(1);
    await turns();
    expect(sample.store.writes).toEqual([]);
  });
});

describe('the fence', () => {
  it('lets reads through, and writes and pushes only while leading', async () => {
    const { store, members } = new SampleCluster();
    const fence = new Fence(() => true);
    const fenced = fence.store(store);
    await fenced.applyStatus('default', 'demo', {});
    fence.close();
    expect(await fenced.list('Pod', 'default')).toEqual([]);
    const topology = {} as never;
    for (const write of [
      fenced.apply('Pod', {} as never),
      fenced.applyStatus('default', 'demo', {}),
      fenced.delete('Pod', 'default', 'demo'),
      fence.members(members).pushTopology('demo:1', topology, 0),
      fence.members(members).drain('demo:1', 1000),
      fence.members(members).shed('demo:1', 1, 1000),
    ]) {
      await expect(write).rejects.toBeInstanceOf(ConflictError);
    }
    expect(store.writes).toEqual(['status']);
    expect(members.pushes).toEqual([]);
  });
});

describe('an operator without an election', () => {
  it('goes on in the term on record, and follows members to a later one', async () => {
    const said: string[] = [];
    const sole = new SoleOperator({
      identity: 'me',
      recordedTerm: () => Promise.resolve(4),
      onLead: (term) => said.push(`leads ${term}`),
      onLose: () => said.push('lost'),
    });
    sole.start();
    await turns();
    sole.raise(3);
    sole.raise(6);
    expect([said, sole.isLeading]).toEqual([['leads 4', 'lost', 'leads 6'], true]);
    await sole.stop();
    expect(sole.isLeading).toBe(false);
  });
});

async function turns(): Promise<void> {
  for (let count = 0; count < 20; count++) await new Promise((resolve) => setImmediate(resolve));
}
