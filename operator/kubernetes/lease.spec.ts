import { describe, expect, it } from 'vitest';
import {
  decideLease,
  defaultLeaseDurations,
  durationsProblem,
  type LeaseInput,
  microTime,
  released,
  type SeenLease,
  termOf,
} from './lease.ts';

const held: SeenLease = {
  resourceVersion: '7',
  sinceMs: 0,
  spec: {
    holderIdentity: 'other',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 3,
  },
};

function decide(changes: Partial<LeaseInput>) {
  return decideLease({
    identity: 'me',
    seen: held,
    nowMs: 0,
    wallMs: Date.parse('2026-02-03T04:05:06.789Z'),
    durations: defaultLeaseDurations,
    termAbove: 0,
    ...changes,
  });
}

describe('what to do about the Lease', () => {
  it('is to make it when there is none', () => {
    expect(decide({ seen: undefined })).toEqual({
      kind: 'create',
      spec: {
        holderIdentity: 'me',
        leaseDurationSeconds: 15,
        acquireTime: '2026-02-03T04:05:06.789000Z',
        renewTime: '2026-02-03T04:05:06.789000Z',
        leaseTransitions: 0,
      },
    });
  });

  it('is to wait while its holder changes it in time, whatever times are written in it', () => {
    expect(decide({ nowMs: 14_999 })).toEqual({ kind: 'wait', holder: 'other' });
    const sinceMs = 60_000;
    expect(decide({ nowMs: 74_999, seen: { ...held, sinceMs } }).kind).toBe('wait');
  });

  it('is to take it when no change was seen for its duration, with one more transition', () => {
    const decision = decide({ nowMs: 15_000 });
    expect(decision).toMatchObject({ kind: 'take', spec: { leaseTransitions: 4 } });
    expect(decision.kind !== 'wait' && termOf(decision.spec)).toBe(5);
  });

  it('goes by the duration that the holder wrote', () => {
    const spec = { ...held.spec, leaseDurationSeconds: 60 };
    expect(decide({ nowMs: 59_999, seen: { ...held, spec } }).kind).toBe('wait');
  });

  it('is to take one that was let go of at once', () => {
    const seen = { ...held, spec: released(held.spec, 0) };
    expect(decide({ seen })).toMatchObject({ kind: 'take', spec: { leaseTransitions: 4 } });
  });

  it('is to renew our own, keeping when it was acquired and its transitions', () => {
    const seen = { ...held, spec: { ...held.spec, holderIdentity: 'me' } };
    expect(decide({ seen, nowMs: 100_000 })).toMatchObject({
      kind: 'renew',
      spec: { acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 3 },
    });
  });

  it('never goes back to a term that is on record', () => {
    expect(decide({ seen: undefined, termAbove: 9 })).toMatchObject({
      spec: { leaseTransitions: 9 },
    });
    expect(decide({ nowMs: 15_000, termAbove: 9 })).toMatchObject({
      spec: { leaseTransitions: 9 },
    });
    const mine = { ...held, spec: { ...held.spec, holderIdentity: 'me' } };
    expect(decide({ seen: mine, termAbove: 4 })).toMatchObject({
      kind: 'take',
      spec: { leaseTransitions: 4 },
    });
  });
});

it('a MicroTime has six digits', () => {
  expect(microTime(0)).toBe('1970-01-01T00:00:00.000000Z');
});

it.each([
  [{ ...defaultLeaseDurations }, undefined],
  [{ leaseMs: 10_000, renewMs: 10_000, retryMs: 2000 }, 'shorter than the lease duration'],
  [{ leaseMs: 15_000, renewMs: 10_000, retryMs: 9000 }, 'well below the renew deadline'],
  [{ leaseMs: 500, renewMs: 100, retryMs: 10 }, 'at least 1 s'],
])('durations %j are checked', (durations, problem) => {
  if (problem === undefined) expect(durationsProblem(durations)).toBeUndefined();
  else expect(durationsProblem(durations)).toContain(problem);
});
