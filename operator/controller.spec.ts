import { afterEach, describe, expect, it } from 'vitest';
import { type Logger, silentLogger } from '../runtime/index.ts';
import type { PlanEvent } from './plan/index.ts';
import { sampleResource } from './sample.ts';
import { SampleCluster } from './sample-cluster.ts';
import { type Kind, type RefusalCode, StoreError } from './store.ts';

describe('the controller', () => {
  let bench = new SampleCluster();
  const running = async (spec: unknown = {}): Promise<SampleCluster> => {
    bench = new SampleCluster();
    bench.write(spec);
    bench.start();
    await bench.settle();
    return bench;
  };
  /** Time in which pods come and go. */
  const passing = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 5) await bench.advance(5000);
  };
  afterEach(() => bench.stop());

  it('brings up a cluster: pods, one topology for all, an honest status', async () => {
    await running({ caches: [{ name: 'orders' }], router: { replicas: 3 } });
    expect((await bench.topology()).ring).toEqual(['demo-storage-0', 'demo-storage-1']);
    expect(bench.held()).toEqual({
      'demo-storage-0': '1.1',
      'demo-storage-1': '1.1',
      'demo-router-0': '1.1',
      'demo-router-1': '1.1',
      'demo-router-2': '1.1',
    });
    const { conditions, ...status } = await bench.status();
    expect(conditions.map(({ type, status: is, reason }) => [type, is, reason])).toEqual([
      ['Available', 'True', 'Serving'],
      ['Progressing', 'False', 'Settled'],
      ['Degraded', 'False', 'AsDesired'],
    ]);
    expect(status).toMatchObject({
      observedGeneration: 1,
      routers: { desired: 3, ready: 3 },
      topology: { term: 1, epoch: 1 },
      endpoint: 'demo.default.svc:443',
    });
    expect(bench.logged.filter((line) => line.startsWith('topology changed'))).toHaveLength(1);
  });

  it('finds clusters that were there before it, and those that come later', async () => {
    bench = new SampleCluster();
    bench.start();
    await bench.settle();
    expect(bench.store.writes).toEqual([]);
    bench.write({});
    await bench.settle();
    expect((await bench.condition('Available'))?.status).toBe('True');
  });

  it('writes nothing, pushes nothing and says nothing while nothing changes', async () => {
    await running();
    bench.forgetWhatHappened();
    await bench.advance(60_000);
    expect([bench.store.writes, bench.members.pushes, bench.logged]).toEqual([[], [], []]);
  });

  it('has the topology on record before any member is given it', async () => {
    bench = new SampleCluster();
    const onRecord: boolean[] = [];
    bench.members.onPush = () =>
      onRecord.push(bench.store.writes.includes('ConfigMap demo-topology'));
    bench.write({});
    bench.start();
    await bench.settle();
    expect(onRecord).toEqual([true, true, true, true]);
  });

  it('pushes nothing that the store refuses to record, and tries again', async () => {
    bench = new SampleCluster();
    bench.store.failing.add('ConfigMap');
    bench.write({});
    bench.start();
    await bench.settle();
    await bench.advance(3000);
    expect(bench.members.pushes).toEqual([]);
    expect(bench.logged).toContain('reconcile failed');
    bench.store.failing.clear();
    await bench.advance(3000);
    expect((await bench.condition('Available'))?.status).toBe('True');
  });

  describe('an object that the store refuses', () => {
    const events: string[] = [];
    const observer = {
      event: (_resource: unknown, { type, reason, message }: PlanEvent): void => {
        events.push(`${type} ${reason}`, message);
      },
    };
    /** A cluster that is brought up while it is refused. */
    const refusing = async (kind: Kind, code: RefusalCode): Promise<void> => {
      bench = new SampleCluster();
      events.length = 0;
      bench.store.refusing.set(kind, code);
      bench.write({});
      bench.start({ observer });
      await bench.settle();
      await bench.advance(500);
    };

    it('stands in the way of no other, and is told with its reason as a condition and one event', async () => {
      await refusing('Service', 'ApplyFailed');
      expect(await bench.condition('Degraded')).toMatchObject({
        status: 'True',
        reason: 'ApplyFailed',
        message: expect.stringContaining(
          'Service demo is refused (no Service today); it is tried again',
        ) as string,
      });
      expect(await bench.condition('Available')).toMatchObject({
        status: 'False',
        reason: 'NoClientService',
      });
      expect(await bench.condition('Progressing')).toMatchObject({
        status: 'True',
        reason: 'Refused',
      });
      expect(events).not.toContain('Service demo is created');
      expect(events).toContain('StatefulSet demo-router is created');
      await bench.advance(20_000);
      expect(events.filter((event) => event === 'Warning ApplyFailed')).toHaveLength(1);
    });

    it('that is the ServiceAccount of somebody else starts no pod', async () => {
      await refusing('ServiceAccount', 'NameTaken');
      bench.forgetWhatHappened();
      await bench.advance(12_000);
      expect(bench.store.writes).toContain('ServiceAccount demo-member');
      expect(await bench.store.list('StatefulSet', undefined)).toEqual([]);
      expect(events).not.toContain('StatefulSet demo-router is created');
      bench.store.refusing.clear();
      await bench.advance(10_000);
      expect(await bench.condition('Available')).toMatchObject({ status: 'True' });
    });

    it('is tried again less and less often, and forgotten when it works', async () => {
      await refusing('Service', 'ApplyFailed');
      expect(await bench.condition('Degraded')).toMatchObject({ reason: 'ApplyFailed' });
      bench.forgetWhatHappened();
      await bench.advance(120_000);
      const tries = bench.store.writes.filter((write) => write === 'Service demo').length;
      expect(tries).toBeGreaterThanOrEqual(5);
      expect(tries).toBeLessThanOrEqual(8);
      expect(bench.store.writes).not.toContain('status');
      bench.store.refusing.clear();
      await bench.advance(31_000);
      expect(await bench.condition('Degraded')).toMatchObject({ reason: 'AsDesired' });
      expect(await bench.store.get('Service', 'default', 'demo')).toBeDefined();
      bench.forgetWhatHappened();
      await bench.advance(60_000);
      expect(bench.store.writes).toEqual([]);
    });

    it('is tried at once when the spec asks for another', async () => {
      await running();
      bench.store.refusing.set('StatefulSet', 'ApplyFailed');
      await bench.update({ router: { replicas: 3 } });
      await bench.advance(20_000);
      expect(await bench.condition('Degraded')).toMatchObject({ reason: 'ApplyFailed' });
      bench.store.refusing.clear();
      await bench.update({ router: { replicas: 4 } });
      await bench.advance(250);
      expect(await bench.condition('Degraded')).toMatchObject({ reason: 'AsDesired' });
      expect(await bench.status()).toMatchObject({ routers: { ready: 4 } });
    });

    it('that is the record keeps every member without a topology', async () => {
      await refusing('ConfigMap', 'NameTaken');
      await bench.advance(60_000);
      expect(bench.members.pushes).toEqual([]);
      expect(events).not.toContain('Normal TopologyChanged');
      expect(await bench.condition('Available')).toMatchObject({ reason: 'NoTopology' });
      expect((await bench.condition('Degraded'))?.message).toContain('ConfigMap demo-topology;');
      bench.store.refusing.clear();
      await bench.advance(31_000);
      expect(await bench.condition('Available')).toMatchObject({ status: 'True' });
      expect(events.filter((event) => event === 'Normal TopologyChanged')).toHaveLength(1);
    });

    it('that is the record of a change leaves what is in force in force', async () => {
      await running();
      bench.store.refusing.set('ConfigMap', 'ApplyFailed');
      bench.forgetWhatHappened();
      await bench.update({ storage: { replicas: 1 } });
      await bench.advance(60_000);
      expect(bench.members.pushes).toEqual([]);
      expect(new Set(Object.values(bench.held()))).toEqual(new Set(['1.1']));
      expect(bench.members.processes.has('demo-storage-1:8082')).toBe(true);
      bench.store.refusing.clear();
      await bench.advance(60_000);
      expect(bench.members.processes.has('demo-storage-1:8082')).toBe(false);
    });

    it('that is a pod to be replaced halts the rollout, in words', async () => {
      await running();
      bench.store.refusing.set('Pod', 'ApplyFailed');
      bench.forgetWhatHappened();
      await bench.update({ image: 'topicplane:2' });
      await bench.advance(20_000);
      expect(await bench.condition('Degraded')).toMatchObject({
        reason: 'ApplyFailed',
        message: 'deletion of Pod demo-storage-1 is refused (no Pod today); it is tried again',
      });
      bench.store.refusing.clear();
      await passing(80);
      expect(bench.store.deleted).toHaveLength(4);
      expect(await bench.condition('Degraded')).toMatchObject({ status: 'False' });
    });
  });

  it('applies an edit of caches live, without touching a pod', async () => {
    await running();
    bench.forgetWhatHappened();
    await bench.update({ caches: [{ name: 'orders' }] });
    expect(bench.store.writes.filter((write) => write !== 'status')).toEqual([
      'ConfigMap demo-topology',
    ]);
    expect(new Set(Object.values(bench.held()))).toEqual(new Set(['1.2']));
    expect((await bench.status()).observedGeneration).toBe(2);
  });

  it('scales storage out: the new node owns topics once it runs', async () => {
    await running();
    await bench.update({ storage: { replicas: 4 } });
    await bench.advance(1000);
    expect((await bench.topology()).ring).toHaveLength(4);
    expect((await bench.condition('Progressing'))?.status).toBe('False');
  });

  it('scales storage in: out of the topology first, then out of the world', async () => {
    await running({ storage: { replicas: 3 } });
    const sizes: string[] = [];
    bench.members.onPush = ({ ring, move }) =>
      sizes.push(`${ring.length}${move ? ' moving' : ''} of ${bench.members.processes.size}`);
    await bench.update({ storage: { replicas: 1 } });
    await bench.advance(1000);
    expect([...new Set(sizes)]).toEqual(['3 moving of 5', '1 of 5']);
    expect([...bench.members.processes.keys()].filter((key) => key.includes('storage'))).toEqual([
      'demo-storage-0:8082',
    ]);
    expect(await bench.condition('Degraded')).toMatchObject({ status: 'False' });
  });

  it('lets a node go after a while although a router does not take the topology', async () => {
    await running();
    const stubborn = bench.members.processes.get('demo-router-1:8082');
    if (!stubborn) throw new Error('there is a router');
    stubborn.deaf = true;
    await bench.update({ storage: { replicas: 1 } });
    expect(bench.members.processes.has('demo-storage-1:8082')).toBe(true);
    expect(bench.logged).toContain('a member did not take the topology');
    await bench.advance(4000);
    expect((await bench.topology()).ring).toHaveLength(2);
    await bench.advance(2000);
    expect((await bench.topology()).ring).toHaveLength(1);
    expect(bench.members.processes.has('demo-storage-1:8082')).toBe(true);
    await bench.advance(5000);
    expect(bench.members.processes.has('demo-storage-1:8082')).toBe(false);
  });

  it('gives a storage node that was restarted a new epoch at once', async () => {
    await running();
    await bench.crash('storage', 1);
    await bench.settle();
    expect(await bench.condition('Available')).toMatchObject({
      status: 'False',
      reason: 'OwnersNotAcknowledged',
    });
    const { incarnation } = await bench.run('storage', 1);
    await bench.settle();
    const topology = await bench.topology();
    expect(topology.version).toEqual({ term: 1, epoch: 2 });
    expect(topology.storage[1]?.incarnation).toBe(incarnation);
    expect(new Set(Object.values(bench.held()))).toEqual(new Set(['1.2']));
    expect((await bench.condition('Available'))?.status).toBe('True');
  });

  it('takes a node that stays down out of the ring after the grace, and back in when it returns', async () => {
    await running();
    await bench.crash('storage', 1);
    await bench.advance(9000);
    expect((await bench.topology()).ring).toHaveLength(2);
    await bench.advance(3000);
    expect((await bench.topology()).ring).toEqual(['demo-storage-0']);
    expect((await bench.condition('Available'))?.status).toBe('True');
    await bench.run('storage', 1);
    await bench.advance(1000);
    expect((await bench.topology()).ring).toHaveLength(2);
    expect(new Set(Object.values(bench.held()))).toEqual(new Set(['1.5']));
  });

  it('keeps the ring when everything is lost, and serves again when it is back', async () => {
    await running();
    for (const ordinal of [0, 1]) await bench.crash('storage', ordinal);
    await bench.advance(60_000);
    expect((await bench.topology()).ring).toHaveLength(2);
    for (const ordinal of [0, 1]) await bench.run('storage', ordinal);
    await bench.settle();
    expect((await bench.condition('Available'))?.status).toBe('True');
  });

  it('gives a router that was restarted what is in force, and changes nothing else', async () => {
    await running();
    await bench.crash('router', 0);
    await bench.settle();
    bench.forgetWhatHappened();
    await bench.run('router', 0);
    await bench.settle();
    expect(bench.members.pushes).toEqual(['demo-router-0 1.1']);
    expect(bench.store.writes.filter((write) => write !== 'status')).toEqual([]);
  });

  it('takes no heed of a process that answers under another name', async () => {
    await running();
    const impostor = bench.members.processes.get('demo-storage-1:8082');
    if (!impostor) throw new Error('there is a storage node');
    impostor.name = 'demo-storage-7';
    impostor.incarnation = 'another';
    await bench.advance(2000);
    expect((await bench.topology()).version?.epoch).toBe(1);
    expect((await bench.condition('Degraded'))?.message).toBe(
      'demo-storage-1 is down (demo-storage-7 answers at demo-storage-1:8082)',
    );
  });

  it('rolls out a new image one ready pod at a time, storage first', async () => {
    await running({ storage: { replicas: 3 } });
    bench.forgetWhatHappened();
    const settledEarly: unknown[] = [];
    bench.store.onStatus = ({ observedGeneration, conditions, storage, routers }) => {
      const isSettled = conditions.some(({ reason }) => reason === 'Settled');
      const isDone = storage.updated === 3 && routers.updated === 2;
      if (observedGeneration === 2 && isSettled && !isDone) settledEarly.push(conditions);
    };
    await bench.update({ storage: { replicas: 3 }, image: 'topicplane:2' });
    expect(await bench.condition('Progressing')).toMatchObject({ reason: 'RollingOut' });
    await passing(40);
    expect(bench.store.deleted).toEqual([
      'demo-storage-2',
      'demo-storage-1',
      'demo-storage-0',
      'demo-router-1',
      'demo-router-0',
    ]);
    expect(settledEarly).toEqual([]);
    expect(await bench.condition('Available')).toMatchObject({ status: 'True' });
    expect(await bench.condition('Progressing')).toMatchObject({ reason: 'Settled' });
    expect(await bench.status()).toMatchObject({
      observedGeneration: 2,
      routers: { updated: 2 },
      storage: { updated: 3 },
    });
    bench.forgetWhatHappened();
    await bench.advance(60_000);
    expect([bench.store.writes, bench.store.deleted, bench.logged]).toEqual([[], [], []]);
  });

  it('halts a rollout whose new pods do not start, says why, and goes on with a better template', async () => {
    await running({ router: { replicas: 3 } });
    bench.brokenImages.add('broken');
    bench.forgetWhatHappened();
    await bench.update({ router: { replicas: 3 }, image: 'broken' });
    await passing(60);
    expect(bench.store.deleted).toEqual(['demo-storage-1']);
    expect(await bench.condition('Degraded')).toMatchObject({
      status: 'True',
      reason: 'RolloutHalted',
      message:
        'the rollout stands still: demo-storage-1 did not become ready within 45 s (ImagePullBackOff: no such image)',
    });
    expect(await bench.condition('Available')).toMatchObject({ status: 'True' });
    await bench.update({ router: { replicas: 3 }, image: 'topicplane:2' });
    await passing(60);
    expect(await bench.status()).toMatchObject({
      routers: { updated: 3 },
      storage: { updated: 2 },
    });
    expect(await bench.condition('Degraded')).toMatchObject({ status: 'False' });
  });

  it('restores what somebody else changed', async () => {
    await running();
    const service = await bench.store.get('Service', 'default', 'demo-router');
    if (!service) throw new Error('there is a service');
    bench.store.put('Service', {
      ...service,
      spec: { ...service.spec, publishNotReadyAddresses: false },
    });
    await bench.settle();
    expect(await bench.store.get('Service', 'default', 'demo-router')).toEqual(service);
  });

  it('says a known failure of the store in words, with what to do, and not all the time', async () => {
    const said: string[] = [];
    const warn = ({ error }: { error?: string }, message: string) => {
      said.push(`${error}, ${message}`);
    };
    bench = new SampleCluster();
    bench.store.get = () => Promise.reject(new StoreError('no pods today', 'ask for pods'));
    bench.write({});
    const log = { ...silentLogger, warn, error: warn } as unknown as Logger;
    let runs = 0;
    bench.start({ log, observer: { reconciled: () => void (runs += 1) } });
    await bench.advance(30_000);
    expect(said).toEqual(['no pods today, reconcile failed: ask for pods']);
    await bench.advance(40_000);
    expect(said).toHaveLength(2);
    // Nor does it try all the time, although it looks at every cluster each two seconds.
    runs = 0;
    await bench.advance(60_000);
    expect(runs).toBeLessThanOrEqual(12);
  });

  it('does not wear itself out when somebody else writes the status, too', async () => {
    await running();
    bench.forgetWhatHappened();
    const write = bench.store.applyStatus.bind(bench.store);
    bench.store.applyStatus = async (namespace, name, status) => {
      const { conditions } = status as { readonly conditions: readonly { type: string }[] };
      const meddled = conditions.map((it) => {
        return it.type === 'Degraded' ? { ...it, status: 'True', reason: 'Other' } : it;
      });
      await write(namespace, name, { ...status, conditions: meddled });
    };
    await bench.update({ caches: [{ name: 'orders' }] });
    await bench.advance(60_000);
    const writes = bench.store.writes.filter((what) => what === 'status').length;
    expect(writes).toBeGreaterThanOrEqual(2);
    expect(writes).toBeLessThanOrEqual(20);
  });

  it('writes a status only over the cluster that it looked at', async () => {
    bench = new SampleCluster();
    const over: (string | undefined)[] = [];
    bench.store.applyStatus = (_namespace, _name, _status, resourceVersion) => {
      over.push(resourceVersion);
      return Promise.resolve();
    };
    const resource = sampleResource();
    const metadata = { ...resource.metadata, resourceVersion: '41' };
    bench.store.put('TopicCluster', { ...resource, metadata });
    bench.start();
    await bench.settle();
    expect(new Set(over)).toEqual(new Set(['41']));
  });

  it('leaves other namespaces alone', async () => {
    bench = new SampleCluster();
    bench.start();
    const resource = sampleResource();
    bench.store.put('TopicCluster', {
      ...resource,
      metadata: { ...resource.metadata, namespace: 'other' },
    });
    await bench.advance(5000);
    expect(bench.store.writes).toEqual([]);
  });

  it('lets go of a cluster that is deleted', async () => {
    await running();
    expect(bench.members.retained.size).toBe(4);
    bench.forgetWhatHappened();
    await bench.store.delete('TopicCluster', 'default', 'demo');
    await bench.advance(5000);
    expect(bench.members.retained.size).toBe(0);
    expect(bench.store.writes).toEqual([]);
    expect(bench.logged).toEqual(['TopicCluster default/demo is deleted; its objects go with it']);
  });

  it('leaves nothing behind when it stops', async () => {
    await running();
    await bench.stop();
    expect(bench.clock.pending).toBe(0);
    expect(bench.store.watchers).toBe(0);
    bench.forgetWhatHappened();
    await bench.update({ storage: { replicas: 5 } });
    expect(bench.store.writes).toEqual([]);
  });
});
