import { describe, expect, it } from 'vitest';
import { topo } from '../proto/index.ts';
import { ManualClock } from '../runtime/index.ts';
import { ratedRouter, routerCapacity } from './capacity.ts';

const reads = {
  cpuSeconds: () => 0,
  busySeconds: () => 0,
  delaySeconds: () => 0,
  residentBytes: () => 1,
  cores: 1,
  memoryBytes: 2,
  close() {},
};

const settings = topo.Settings.decode(new Uint8Array());

function setUp(bounds = { connectionsMax: 20_000, exchangesMax: 250_000 }) {
  const clock = new ManualClock();
  const topology: { current: { topology: { settings: topo.Settings } } | undefined } = {
    current: undefined,
  };
  const counts = { items: 0, bytes: 0 };
  const capacity = routerCapacity({
    router: {
      topology,
      traffic: {
        get deliveredItems() {
          return counts.items;
        },
      },
    },
    edge: { connections: () => 30, calls: () => 40, sentBytes: () => counts.bytes },
    bounds,
    reads,
    clock,
  });
  const push = (routerCapacity: topo.Capacity | undefined) => {
    topology.current = { topology: { settings: { ...settings, routerCapacity } } };
  };
  const all = () => Object.fromEntries(capacity.read().map((use) => [use.dimension, use]));
  return { clock, counts, push, all };
}

const nothing = {
  connections: 0,
  streams: 0,
  topics: 0,
  messagesPerSecond: 0,
  egressBytesPerSecond: 0,
};

describe('the capacity of a router', () => {
  it('is measured in every dimension that clients can use up', () => {
    const { clock, counts, all } = setUp();
    counts.items = 3_000;
    counts.bytes = 135_000;
    clock.advance(15_000);
    expect(all()).toMatchObject({
      connections: { used: 30, limit: ratedRouter.connections },
      streams: { used: 40, limit: ratedRouter.streams },
      messages: { used: 200, limit: ratedRouter.messagesPerSecond },
      egress: { used: 9_000, limit: ratedRouter.egressBytesPerSecond },
      cpu: { limit: 1 },
      'event-loop': { limit: 1 },
      'event-loop-delay': {},
      memory: { used: 1, limit: 2 },
    });
    expect(Object.keys(all())).toHaveLength(8);
  });

  it('follows the topology, in which 0 is what a router takes for itself', () => {
    const { push, all } = setUp();
    push({ ...nothing, connections: 100, messagesPerSecond: 7 });
    expect(all()).toMatchObject({
      connections: { limit: 100 },
      streams: { limit: ratedRouter.streams },
      messages: { limit: 7 },
    });
    push({ ...nothing, streams: 5, egressBytesPerSecond: 8 });
    expect(all()).toMatchObject({
      connections: { limit: ratedRouter.connections },
      streams: { limit: 5 },
      egress: { limit: 8 },
    });
    push(undefined);
    expect(all()).toMatchObject({ streams: { limit: ratedRouter.streams } });
  });

  it('is never above what the edge admits', () => {
    const { push, all } = setUp({ connectionsMax: 50, exchangesMax: 60 });
    expect(all()).toMatchObject({ connections: { limit: 50 }, streams: { limit: 60 } });
    push({ ...nothing, connections: 1_000, streams: 55 });
    expect(all()).toMatchObject({ connections: { limit: 50 }, streams: { limit: 55 } });
  });
});
