import { afterEach, describe, expect, it } from 'vitest';
import { control, type topo } from '../proto/index.ts';
import { ManualClock, silentLogger } from '../runtime/index.ts';
import { canaryCache } from '../topology/index.ts';
import { ratedStorage, storageCapacity } from './capacity.ts';
import { StorageControl } from './control.ts';
import { StorageNode } from './node.ts';
import { bounds, self, topology } from './testing/index.ts';

const reads = {
  cpuSeconds: () => 0,
  busySeconds: () => 0,
  delaySeconds: () => 0,
  residentBytes: () => 1,
  cores: 1,
  memoryBytes: 2,
  close() {},
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function setUp(topicsMax = bounds().topicsMax) {
  const clock = new ManualClock();
  const node = new StorageNode({ self, bounds: bounds(), clock, log: silentLogger });
  const capacity = storageCapacity({ node, bounds: { topicsMax }, clock, reads });
  closing.push(() => capacity.close());
  let epoch = 1;
  const push = (storageCapacity?: topo.Capacity) => {
    const next = topology({ epoch: epoch++ });
    const { settings } = next;
    if (!settings) throw new Error('a topology has settings');
    expect(node.offer({ ...next, settings: { ...settings, storageCapacity } }).outcome).toBe(
      'applied',
    );
  };
  const publish = (cache: string, topic: string) =>
    node.topics.publish(
      { cache, topic, payload: Buffer.from('x'), text: true, publisherId: '' },
      clock.monotonicMs(),
    );
  const all = () => Object.fromEntries(capacity.read().map((use) => [use.dimension, use]));
  return { clock, node, capacity, push, publish, all };
}

const nothing = {
  connections: 0,
  streams: 0,
  topics: 0,
  messagesPerSecond: 0,
  egressBytesPerSecond: 0,
};

describe('the capacity of a storage node', () => {
  it('is measured in every dimension that clients can use up; links are none', () => {
    const { all } = setUp();
    expect(Object.keys(all())).toEqual([
      'topics',
      'messages',
      'egress',
      'cpu',
      'event-loop',
      'event-loop-delay',
      'memory',
    ]);
  });

  it('counts topics and items of clients, not those of canaries', () => {
    const { clock, node, push, publish, all } = setUp();
    push();
    const { name } = topology().caches[0] ?? { name: '' };
    for (const topic of ['a', 'b', 'b']) publish(name, topic);
    for (const topic of ['r/0', 'r/1', 'r/1', 'r/1']) publish(canaryCache, topic);
    clock.advance(1_000);
    expect(all()).toMatchObject({ topics: { used: 2 }, messages: { used: 3 / 15 } });
    expect(node.topics.size).toBe(4);
    expect(node.topics.counts).toMatchObject({ accepted: 3, acceptedBytes: 3, canaries: 4 });
  });

  it('follows the topology, up to what the node holds at all', () => {
    const { push, all } = setUp(1_000);
    expect(all()).toMatchObject({
      topics: { limit: 1_000 },
      messages: { limit: ratedStorage.messagesPerSecond },
    });
    push({ ...nothing, topics: 500, messagesPerSecond: 9 });
    expect(all()).toMatchObject({ topics: { limit: 500 }, messages: { limit: 9 } });
    push({ ...nothing, topics: 5_000, egressBytesPerSecond: 11 });
    expect(all()).toMatchObject({
      topics: { limit: 1_000 },
      messages: { limit: ratedStorage.messagesPerSecond },
      egress: { limit: 11 },
    });
  });

  it('is told to the operator', () => {
    const { node, capacity } = setUp();
    const calls = new StorageControl(node, () => capacity.read());
    const { capacity: told } = control.GetStateResponse.decode(
      control.GetStateResponse.encode(calls.getState()).finish(),
    );
    expect(told).toContainEqual({ dimension: 'memory', used: 1, limit: 2 });
    expect(told).toHaveLength(7);
  });
});
