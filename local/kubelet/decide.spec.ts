import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pod } from '../../operator/index.ts';
import { decide } from './decide.ts';
import { defaultBackoff, ended, freshSlot, killed, type Slot, started, stopping } from './slot.ts';

const podOf = (uid: string, going = false): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: uid,
    namespace: 'default',
    uid,
    ...(going && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  },
  spec: { containers: [], terminationGracePeriodSeconds: 5 },
});
const one = (slot: Slot) => new Map([['a', slot]]);
const running = started(freshSlot, 0);

describe('a pod', () => {
  test('without a process gets one at once', () => {
    expect(decide([podOf('a')], new Map(), 0).steps).toEqual([{ do: 'start', pod: podOf('a') }]);
  });
  test('with its process needs nothing', () => {
    expect(decide([podOf('a')], one(running), 0)).toEqual({ steps: [], againInMs: undefined });
  });
  test('that goes has its process asked to end, within its grace period', () => {
    const { steps, againInMs } = decide([podOf('a', true)], one(running), 0);
    expect(steps).toEqual([{ do: 'stop', uid: 'a', graceMs: 5000 }]);
    expect(againInMs).toBe(5000);
  });
  test('that goes has its process killed after the grace period, not before', () => {
    const slots = one(stopping(running, 100, 5000));
    expect(decide([podOf('a', true)], slots, 5099)).toEqual({ steps: [], againInMs: 1 });
    expect(decide([podOf('a', true)], slots, 5100).steps).toEqual([{ do: 'kill', uid: 'a' }]);
    expect(decide([podOf('a', true)], one(killed(running)), 9999).steps).toEqual([]);
  });
  test('that goes is removed once no process is left, and not started again', () => {
    const slot = ended(stopping(running, 0, 5000), 10, defaultBackoff);
    expect(decide([podOf('a', true)], one(slot), 10).steps).toEqual([
      { do: 'remove', pod: podOf('a', true) },
    ]);
  });
  test('that vanished leaves no process and no slot', () => {
    expect(decide([], one(running), 0).steps).toEqual([{ do: 'kill', uid: 'a' }]);
    const slot = ended(killed(running), 0, defaultBackoff);
    expect(decide([], one(slot), 0).steps).toEqual([{ do: 'forget', uid: 'a' }]);
  });
});

describe('a process that dies', () => {
  const waitsAfter = (lifeMs: number, deaths: number): number[] => {
    let slot = freshSlot;
    let nowMs = 0;
    return Array.from({ length: deaths }, () => {
      slot = ended(started(slot, nowMs), nowMs + lifeMs, defaultBackoff);
      nowMs += lifeMs;
      if (slot.state.kind !== 'waiting') throw new Error(slot.state.kind);
      const waitMs = slot.state.notBeforeMs - nowMs;
      nowMs += waitMs;
      return waitMs;
    });
  };
  test('is started again at once the first time, then later and later, at most 10 s', () => {
    expect(waitsAfter(100, 9)).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });
  test('has a clean record after 30 s of life', () => {
    expect(waitsAfter(30_000, 3)).toEqual([0, 0, 0]);
  });
  test('is not started before its wait is over', () => {
    const slot = ended(started(ended(running, 1, defaultBackoff), 1), 2, defaultBackoff);
    expect(decide([podOf('a')], one(slot), 2)).toEqual({ steps: [], againInMs: 250 });
    expect(decide([podOf('a')], one(slot), 252).steps).toHaveLength(1);
    expect(started(slot, 252).restarts).toBe(2);
  });
});

test('whatever pods come and go, decisions lead to exactly one process for each pod that stays', () => {
  const uids = ['a', 'b', 'c', 'd'];
  const state = fc.constantFrom('absent', 'present', 'going');
  fc.assert(
    fc.property(fc.array(fc.tuple(state, state, state, state)), (rounds) => {
      const slots = new Map<string, Slot>();
      let nowMs = 0;
      for (const round of [...rounds, round4('present')]) {
        let pods = uids.flatMap((uid, i) =>
          round[i] === 'absent' ? [] : [podOf(uid, round[i] === 'going')],
        );
        for (let turn = 0; turn < 20; turn++, nowMs += 20_000) {
          for (const step of decide(pods, slots, nowMs).steps) {
            const uid =
              'uid' in step ? step.uid : 'pod' in step ? (step.pod.metadata.uid ?? '') : '';
            const slot = slots.get(uid) ?? freshSlot;
            if (step.do === 'start') {
              expect(slot.state.kind).toBe('waiting');
              slots.set(uid, started(slot, nowMs));
            } else if (step.do === 'stop') slots.set(uid, stopping(slot, nowMs, step.graceMs));
            else if (step.do === 'kill') slots.set(uid, ended(killed(slot), nowMs, defaultBackoff));
            else {
              slots.delete(uid);
              if (step.do === 'remove') pods = pods.filter((pod) => pod.metadata.uid !== uid);
            }
          }
        }
        const alive = [...slots].filter(([, { state }]) => state.kind === 'running');
        const staying = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
        expect(new Set(alive.map(([uid]) => uid))).toEqual(
          new Set(staying.map((pod) => pod.metadata.uid)),
        );
      }
    }),
    { numRuns: 100 },
  );
});

function round4<T>(value: T): [T, T, T, T] {
  return [value, value, value, value];
}
