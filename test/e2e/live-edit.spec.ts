import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cluster, type Role } from '../support/cluster.ts';
import type { ClusterSpec } from '../support/cluster-file.ts';
import { measured, round } from '../support/measured.ts';
import { isAlive } from '../support/process-table.ts';
import { RawClient } from '../support/raw-client.ts';
import { SdkClient } from '../support/sdk-client.ts';
import { sound } from '../support/settle.ts';
import { Traffic } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { Watch } from '../support/watch.ts';

const base: ClusterSpec = {
  caches: [{ name: 'cache' }, { name: 'other' }],
  routers: 1,
  storage: 2,
};
/** Of each test its own: for some seconds after a router went, newcomers get a topic's latest items. */
let topics: string[] = [];
let rounds = 0;
beforeEach(() => {
  rounds += 1;
  topics = Array.from({ length: 12 }, (_, n) => `topic-${rounds}-${n}`);
});

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start(base);
});
afterAll(() => cluster.stop());

/** Edits the file and waits until the cluster is as the file says. */
async function become(change: ClusterSpec): Promise<void> {
  cluster.edit({ ...base, ...change });
  await cluster.settled();
}

async function names(role: Role): Promise<string[]> {
  return (await cluster.members(role)).map(({ name }) => name);
}

describe('editing the file of a running cluster', () => {
  it('adds and removes routers, and subscriptions lose nothing on the way', async () => {
    const watch = new Watch();
    const sdk = new SdkClient(cluster.endpoint, watch);
    const raw = new RawClient(cluster.endpoint, watch);
    await Promise.all(topics.map((topic) => sdk.subscribe('cache', topic)));
    const traffic = new Traffic(watch, { cache: 'cache', topics, clients: [raw, sdk], paceMs: 30 });
    await become({ routers: 3 });
    expect(await names('router')).toEqual(['e2e-router-0', 'e2e-router-1', 'e2e-router-2']);
    const late = new SdkClient(cluster.endpoint, watch);
    await Promise.all(topics.map((topic) => late.subscribe('cache', topic)));
    await become({ routers: 1 });
    expect(await names('router')).toEqual(['e2e-router-0']);
    await traffic.stop();
    const { counts } = await sound(watch);
    expect(counts.discontinuities).toBe(0);
    raw.close();
  });

  it('adds and removes storage nodes, and topics move with their numbers and history', async () => {
    const watch = new Watch();
    const client = new RawClient(cluster.endpoint, watch);
    const subscriptions = topics.map((topic) => client.subscribe('cache', topic));
    await Promise.all(subscriptions.map(({ attached }) => attached));
    const traffic = new Traffic(watch, { cache: 'cache', topics, clients: [client], paceMs: 30 });
    await become({ storage: 3 });
    expect(await names('storage')).toHaveLength(3);
    expect(cluster.topology().ring).toHaveLength(3);
    await become({ storage: 1 });
    expect(await names('storage')).toHaveLength(1);
    expect(cluster.topology().ring).toEqual(['e2e-storage-0']);
    await traffic.stop();
    const fromTheFirst = topics.map((topic) => {
      const { acked } = traffic.report(topic);
      const subscription = client.subscribe('cache', topic, { from: { page: 0, sequence: 1 } });
      return { acked, subscription };
    });
    await until('the histories are served', 60_000, () =>
      fromTheFirst.every(({ acked, subscription }) => subscription.items === acked),
    );
    const { counts } = await sound(watch);
    expect(counts.failed).toBe(0);
    expect(counts.discontinuities).toBe(0);
    client.close();
    await become({});
  });

  it('adds a cache that can be used, and removes it again', async () => {
    const client = new RawClient(cluster.endpoint, new Watch());
    expect((await client.send('new', 't', 'x'))?.code).toBe(status.NOT_FOUND);
    await become({ caches: [...(base.caches ?? []), { name: 'new' }] });
    expect(await client.send('new', 't', 'x')).toBeUndefined();
    await become({});
    expect((await client.send('new', 't', 'x'))?.code).toBe(status.NOT_FOUND);
    client.close();
  });

  it('changes the size limit of messages', async () => {
    const client = new RawClient(cluster.endpoint, new Watch());
    const payload = Buffer.alloc(2_000);
    expect(await client.send('cache', 't', payload)).toBeUndefined();
    await become({ limits: { messageBytes: 1_000 } });
    expect((await client.send('cache', 't', payload))?.code).toBe(status.RESOURCE_EXHAUSTED);
    await become({});
    expect(await client.send('cache', 't', payload)).toBeUndefined();
    client.close();
  });

  it('changes how much history is kept', async () => {
    const watch = new Watch();
    const client = new RawClient(cluster.endpoint, watch);
    await become({ history: { items: 3 } });
    for (let n = 0; n < 10; n++) await client.publish('p', 'other', 'kept', watch.name('m'));
    const subscription = client.subscribe('other', 'kept', { from: { page: 0, sequence: 1 } });
    await until('the replay is in', 60_000, () => subscription.items === 3);
    expect(subscription.notices).toMatchObject([{ next: 7 }]);
    await sound(watch);
    subscription.close();
    client.close();
    await become({});
  });

  it('takes an edit by an editor that replaces the file', async () => {
    cluster.edit({ ...base, routers: 2 }, 'replace');
    await cluster.settled();
    expect(await names('router')).toHaveLength(2);
    await become({});
  });
});

describe('members that die', () => {
  it('are restarted, whichever they are', async () => {
    for (const name of ['e2e-router-0', 'e2e-storage-0', 'e2e-storage-1']) {
      const { pid } = await cluster.member(name);
      const startMs = performance.now();
      await cluster.signal(name, 'SIGKILL');
      await cluster.settled();
      expect((await cluster.member(name)).pid).not.toBe(pid);
      measured(
        `${name} killed, cluster settled again after ${round(performance.now() - startMs)} ms`,
      );
    }
    const client = new RawClient(cluster.endpoint, new Watch());
    for (const topic of topics) expect(await client.send('cache', topic, 'x')).toBeUndefined();
    client.close();
  });
});

describe('the end of a cluster', () => {
  it('by Ctrl-C leaves no process behind and says nothing went wrong', async () => {
    const short = await Cluster.start(base);
    const client = new RawClient(short.endpoint, new Watch());
    const subscription = client.subscribe('cache', 't', { resumes: false });
    await subscription.attached;
    const members = await short.members();
    const pids = members.map(({ pid }) => pid);
    expect(pids).toHaveLength(3);
    const storage = members.filter(({ role }) => role === 'storage').map(({ name }) => name);
    short.command.signal('SIGINT');
    await until('the end', 60_000, () => !isAlive(short.command.pid));
    // One that is killed doesn't say it.
    for (const name of storage) expect(short.logOf(name)).toContain('"msg":"stopped"');
    const { code } = await short.stop();
    expect(code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    client.close();
  });

  it('by kill -9 of the parent takes the members with it', async () => {
    const short = await Cluster.start(base);
    const pids = (await short.members()).map(({ pid }) => pid);
    expect(pids).toHaveLength(3);
    short.command.signal('SIGKILL');
    await until('no member is left', 60_000, () => pids.every((pid) => !isAlive(pid)));
    await short.stop();
  });
});
