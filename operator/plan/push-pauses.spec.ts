import { describe, expect, it } from 'vitest';
import type { topo } from '../../proto/index.ts';
import { duePushes, type PushPauses, pausesAfter } from './push-pauses.ts';
import { topologyOf } from './testing/move-case.ts';

const policy = { pushAgainMsMin: 250, pushAgainMsMax: 2000 };
const topology = topologyOf({});
const push = { member: 'demo-storage-0', address: 'demo-storage-0:8082', confirms: 0 };
const other = { member: 'demo-storage-1', address: 'demo-storage-1:8082', confirms: 0 };
const none: PushPauses = new Map();
const failed = (before: PushPauses, nowMs: number, of: topo.Topology = topology) =>
  pausesAfter(before, of, [{ push, isTaken: false }], nowMs, policy);

describe('a push that was not taken', () => {
  it('waits, and holds up nobody else', () => {
    const pauses = failed(none, 1000);
    const early = duePushes([push, other], topology, pauses, 1249);
    expect(early).toEqual({ due: [other], pauses, nextMs: 1 });
    expect(duePushes([push], topology, pauses, 1250)).toMatchObject({
      due: [push],
      nextMs: undefined,
    });
  });

  it('waits longer each time, up to a bound', () => {
    let pauses = none;
    let nowMs = 0;
    const waited = Array.from({ length: 6 }, () => {
      pauses = failed(duePushes([push], topology, pauses, nowMs).pauses, nowMs);
      const leftMs = duePushes([push], topology, pauses, nowMs).nextMs ?? 0;
      nowMs += leftMs;
      return leftMs;
    });
    expect(waited).toEqual([250, 500, 1000, 2000, 2000, 2000]);
  });

  it('does not wait when it is of another version, to another address or confirms another standstill', () => {
    const pauses = failed(none, 0);
    const next = { ...topology, version: { term: 1, epoch: 8 } };
    expect(duePushes([push], next, pauses, 0).due).toEqual([push]);
    const moved = { ...push, address: 'elsewhere:8082' };
    expect(duePushes([moved], topology, pauses, 0).due).toEqual([moved]);
    const confirming = { ...push, confirms: 7 };
    expect(duePushes([confirming], topology, pauses, 0).due).toEqual([confirming]);
  });

  it('is forgotten when it was taken, or nobody needs it', () => {
    const pauses = failed(none, 0);
    expect(duePushes([], topology, pauses, 0).pauses.size).toBe(0);
    const taken = [{ push, isTaken: true }];
    expect(pausesAfter(pauses, topology, taken, 300, policy).size).toBe(0);
  });
});
