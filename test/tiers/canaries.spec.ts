import { once } from 'node:events';
import { credentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { control, pubsub, scs } from '../../proto/index.ts';
import type { Frame } from '../../router/index.ts';
import { canaryCache } from '../../topology/index.ts';
import { call, getState, metric } from '../support/member-calls.ts';
import { WholeRouter } from './whole-router.ts';

let world: WholeRouter;
beforeEach(() => {
  world = new WholeRouter();
});
afterEach(() => world.stop());

const wait = { timeout: 50_000, interval: 20 };

const state = () => getState(world.running.addresses.control);
const readiness = async () => {
  const { status } = await fetch(`http://${world.running.addresses.admin}/readyz`);
  return status === 200;
};
const becomesReady = () => expect.poll(readiness, wait).toBe(true);

/** Hands on all items but each `nth`. Frames may hold several; each is looked at. */
function dropping(nth: () => number): (frame: Frame) => readonly Frame[] {
  let items = 0;
  return (frame) =>
    messagesOf(frame).filter((message) => !isItem(message) || ++items % nth() !== 0);
}

function messagesOf({ bytes }: Frame): Frame[] {
  const frames: Frame[] = [];
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < view.length; ) {
    const end = at + 5 + view.readUInt32BE(at + 1);
    frames.push({ bytes: view.subarray(at, end) });
    at = end;
  }
  return frames;
}

function isItem({ bytes }: Frame): boolean {
  return pubsub.SubscriptionItem.decode(bytes.subarray(5)).kind?.$case === 'item';
}

describe('a router with storage nodes', { timeout: 40_000 }, () => {
  it('is starting without a topology, then warms up by canaries through each of them and is ready', async () => {
    await world.start(3);
    expect(await state()).toMatchObject({
      phase: control.Phase.STARTING,
      reason: 'no topology was received yet',
    });
    world.push();
    await becomesReady();
    const { admin } = world.running.addresses;
    expect(await state()).toMatchObject({
      phase: control.Phase.IN_ROTATION,
      reason: '',
      failedCheck: '',
    });
    expect(
      await metric(admin, 'topicplane_router_canary_received_items_total'),
    ).toBeGreaterThanOrEqual(768);
    expect(await metric(admin, 'topicplane_router_last_warm_up_seconds')).toBeGreaterThan(0);
  });

  it('does not count its canaries as clients', async () => {
    await world.start(2);
    world.push();
    await becomesReady();
    expect(await state()).toMatchObject({ connections: 0, subscriptions: 0, topics: 0 });
    const { admin } = world.running.addresses;
    for (const name of [
      'topicplane_edge_connections',
      'topicplane_edge_subscriptions',
      'topicplane_router_subscriptions',
      'topicplane_router_topics',
      'topicplane_router_delivered_items_total',
      'topicplane_edge_exchanges',
      'topicplane_edge_sent_bytes_total',
    ]) {
      expect(await metric(admin, name), name).toBe(0);
    }
    const used = new Map((await state()).capacity.map((use) => [use.dimension, use.used]));
    expect([...used.keys()].slice(0, 4)).toEqual(['connections', 'streams', 'messages', 'egress']);
    expect([...used.values()].slice(0, 4)).toEqual([0, 0, 0, 0]);
    expect(used.get('memory')).toBeGreaterThan(0);
    const timed = () => metric(admin, 'topicplane_router_canary_round_trip_seconds_count');
    await expect.poll(timed, wait).toBeGreaterThan(2);
  });

  it('whose fan-out drops one item in 50 is never ready, and says why', async () => {
    await world.start(2, { warmUpAgainMs: 100 });
    world.ruin(dropping(() => 50));
    world.push();
    const reasons = new Set<string | undefined>();
    const looking = setInterval(() => reasons.add(world.running.rotation.notReadyBecause()), 5);
    const { admin } = world.running.addresses;
    const lost = () => metric(admin, 'topicplane_router_canary_faults_total');
    try {
      // Of 512 items some 10 are lost: several warm-ups.
      await expect.poll(lost, wait).toBeGreaterThan(20);
      await expect.poll(async () => (await state()).failedCheck, wait).not.toBe('');
    } finally {
      clearInterval(looking);
    }
    expect([...reasons]).not.toContain(undefined);
    expect((await state()).failedCheck).toMatch(
      /^canaries: \d+ of 256 items were lost between storage-\d and the client port/,
    );
    expect(await state()).toMatchObject({ phase: control.Phase.WARMING });
  });

  it('leaves the rotation when items begin to be lost, and comes back when it is cured', async () => {
    let nth = Number.POSITIVE_INFINITY;
    await world.start(2, { warmUpAgainMs: 100 });
    world.ruin(dropping(() => nth));
    world.push();
    await becomesReady();
    nth = 5;
    await expect.poll(readiness, wait).toBe(false);
    expect((await state()).failedCheck).toMatch(/^canaries: .*lost/);
    nth = Number.POSITIVE_INFINITY;
    await becomesReady();
    expect((await state()).failedCheck).toBe('');
  });

  it('stays in the rotation when one storage node is dead, and leaves it when none is left', async () => {
    await world.start(2, { canarySilenceMsMax: 1_000 });
    world.push();
    await becomesReady();
    const { admin } = world.running.addresses;
    await world.tiers.kill(0);
    await expect.poll(async () => (await state()).links, wait).toBe(1);
    // As long as it would take to be noticed, counted in what still comes from the other one.
    const received = () => metric(admin, 'topicplane_router_canary_received_items_total');
    const until = (await received()) + 8;
    while ((await received()) < until) expect(await readiness()).toBe(true);
    await world.tiers.kill(1);
    await expect.poll(readiness, wait).toBe(false);
    expect(await state()).toMatchObject({
      phase: control.Phase.WARMING,
      failedCheck: 'canaries: none arrived for 1 s; no link to storage-0, storage-1',
    });
  });

  it('takes no change of owners and no broken link for a loss', async () => {
    await world.start(3);
    world.push();
    await becomesReady();
    const { admin } = world.running.addresses;
    const received = () => metric(admin, 'topicplane_router_canary_received_items_total');
    for (const owners of [[0], [0, 1, 2], [1, 2], [2, 0]]) {
      world.tiers.ownedBy(owners);
      world.tiers.cutLinks(owners[0] as number);
      const until = (await received()) + 3 * owners.length;
      await expect.poll(received, wait).toBeGreaterThan(until);
      expect(await state()).toMatchObject({ phase: control.Phase.IN_ROTATION, failedCheck: '' });
    }
    expect(await metric(admin, 'topicplane_router_canary_faults_total')).toBe(0);
  });

  it('sees no difference when topics move between storage nodes as planned', async () => {
    await world.start(3);
    world.push();
    await becomesReady();
    const { admin } = world.running.addresses;
    const received = () => metric(admin, 'topicplane_router_canary_received_items_total');
    for (const owners of [[0], [1, 2], [0, 1, 2], [1]]) {
      await world.tiers.moveTo(owners);
      const until = (await received()) + 3 * owners.length;
      await expect.poll(received, wait).toBeGreaterThan(until);
      expect(await state()).toMatchObject({ phase: control.Phase.IN_ROTATION, failedCheck: '' });
    }
    expect(await metric(admin, 'topicplane_router_canary_faults_total')).toBe(0);
    expect(await metric(admin, 'topicplane_router_canary_announced_gaps_total')).toBe(0);
  });

  it('judges nothing by time when its process stood still', async () => {
    await world.start(1, { canarySilenceMsMax: 1_000 });
    world.push();
    await becomesReady();
    const reasons: (string | undefined)[] = [];
    const looking = setInterval(() => reasons.push(world.running.rotation.notReadyBecause()), 5);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
    const { admin } = world.running.addresses;
    const received = () => metric(admin, 'topicplane_router_canary_received_items_total');
    await expect.poll(received, wait).toBeGreaterThan(await received());
    clearInterval(looking);
    expect(new Set(reasons)).toEqual(new Set([undefined]));
  });

  it('answers a drain at once, moves its clients, and stays up without any', async () => {
    await world.start(1);
    world.push();
    await becomesReady();
    const { client, control: address } = world.running.addresses;
    const stub = new pubsub.PubsubClient(client, credentials.createInsecure());
    const request = { cacheName: 'c', topic: 't', resumeAtTopicSequenceNumber: 0, sequencePage: 0 };
    const stream = stub.subscribe(request);
    const ended = new Promise((resolve) => {
      stream.on('error', resolve);
      stream.on('end', () => resolve('ended with OK'));
    });
    await once(stream, 'data');
    stream.resume();
    expect(await state()).toMatchObject({ connections: 1, subscriptions: 1 });
    const moved = await call(address, (to, done) => to.drain({ withinMs: 1_000 }, done));
    expect(moved).toEqual({ connections: 1, subscriptions: 1 });
    expect(await state()).toMatchObject({ phase: control.Phase.DRAINING, reason: 'draining' });
    expect(await readiness()).toBe(false);
    await call(address, (to, done) => to.drain({ withinMs: 60_000 }, done));
    expect(await ended).toBe('ended with OK');
    stub.close();
    await expect.poll(async () => (await state()).connections, wait).toBe(0);
    expect(await state()).toMatchObject({ phase: control.Phase.DRAINING, stopping: false });
    expect(
      await call(address, (to, done) => to.shed({ connections: 9, withinMs: 0 }, done)),
    ).toEqual({
      connections: 0,
    });
  });

  it('sheds the connections it is asked to, in the rotation', async () => {
    await world.start(1);
    world.push();
    await becomesReady();
    const { client, control: address } = world.running.addresses;
    const stubs = [1, 2, 3].map(
      () =>
        new pubsub.PubsubClient(client, credentials.createInsecure(), {
          'grpc.use_local_subchannel_pool': 1,
        }),
    );
    const over: number[] = [];
    for (const [n, stub] of stubs.entries()) {
      const request = {
        cacheName: 'c',
        topic: 't',
        resumeAtTopicSequenceNumber: 0,
        sequencePage: 0,
      };
      const stream = stub.subscribe(request);
      stream.on('end', () => over.push(n));
      stream.on('error', () => over.push(-1));
      await once(stream, 'data');
      stream.resume();
    }
    const answer = await call(address, (to, done) =>
      to.shed({ connections: 2, withinMs: 200 }, done),
    );
    expect(answer).toEqual({ connections: 2 });
    await expect.poll(async () => (await state()).connections, wait).toBe(1);
    expect(over).toEqual([0, 1]);
    expect(await readiness()).toBe(true);
    for (const stub of stubs) stub.close();
  });

  it("shows its canaries' cache to nobody", async () => {
    await world.start(1);
    world.push();
    await becomesReady();
    const { client } = world.running.addresses;
    const lists = new scs.ScsControlClient(client, credentials.createInsecure());
    const listed = await new Promise<scs.ListCachesResponse>((resolve, reject) => {
      lists.listCaches({ nextToken: '' }, (error, list) => (error ? reject(error) : resolve(list)));
    });
    expect(listed.cache.map(({ cacheName }) => cacheName)).toEqual(['c']);
    lists.close();
    const stub = new pubsub.PubsubClient(client, credentials.createInsecure());
    const publish = (cacheName: string) =>
      new Promise<number | undefined>((resolve) => {
        const value = { kind: { $case: 'text', value: 'x' } } as const;
        stub.publish({ cacheName, topic: 'router-0/0', value }, (error) => resolve(error?.code));
      });
    expect(await publish(canaryCache)).toBe(status.INVALID_ARGUMENT);
    expect(await publish('\u0002no cache')).toBe(status.INVALID_ARGUMENT);
    stub.close();
  });
});
