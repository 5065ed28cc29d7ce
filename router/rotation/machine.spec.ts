import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CanaryReport, Verdict } from '../canary/index.ts';
import { asked, type Effect, notReadyBecause, type Seen, type State, step } from './machine.ts';

const bounds = { leaveRotationMs: 500, warmUpAgainMs: 3_000, canarySilenceMsMax: 3_000 };

const passed: Verdict = { is: 'passed' };
const lost: Verdict = { is: 'failed', words: 'canaries: 1 item was lost' };
const trying: Verdict = { is: 'trying', arrived: 512, wanted: 768 };
const canaries = (verdict?: Verdict, silentMs = 0): CanaryReport => ({ verdict, silentMs });

const nothing: Seen = {
  nowMs: 0,
  hasTopology: false,
  unlinked: [],
  canaries: canaries(),
  moved: false,
};

/** Runs a router from its start. Each entry is what there is to see from then on. */
function live(from: State = { phase: 'starting' }) {
  let state = from;
  let seen = nothing;
  const effects: Effect[] = [];
  return {
    get state() {
      return state;
    },
    get reason() {
      return notReadyBecause(state);
    },
    get failedCheck() {
      return state.phase === 'warming' ? state.failedCheck : '';
    },
    /** What was to be done since asked last. */
    done: () => effects.splice(0),
    sees(change: Partial<Seen>) {
      seen = { ...seen, ...change };
      for (;;) {
        const { phase } = state;
        const next = step(state, seen, bounds);
        state = next.state;
        effects.push(...next.effects);
        if (state.phase === phase) return;
      }
    },
    isAsked(withinMs: number, stop = false) {
      state = asked(state, { withinMs, stop, nowMs: seen.nowMs }, bounds);
    },
  };
}

function inRotation() {
  const router = live();
  router.sees({ hasTopology: true });
  router.sees({ canaries: canaries(passed) });
  router.done();
  return router;
}

describe('the life of a router', () => {
  it('goes from a topology over links and a warm-up into the rotation', () => {
    const router = live();
    expect(router.reason).toBe('no topology was received yet');
    router.sees({ hasTopology: true, unlinked: ['a', 'b'] });
    expect(router.state.phase).toBe('warming');
    expect(router.reason).toBe('links are not open yet to: a, b');
    expect(router.done()).toEqual([]);
    router.sees({ unlinked: [] });
    expect(router.done()).toEqual([{ do: 'warm-up' }]);
    router.sees({ canaries: canaries(trying) });
    expect(router.reason).toBe('canaries: 512 of 768 arrived');
    expect(router.failedCheck).toBe('');
    router.sees({ canaries: canaries(passed) });
    expect(router.state.phase).toBe('in-rotation');
    expect(router.reason).toBeUndefined();
    expect(router.done()).toEqual([]);
  });

  it('tells of a link that broke in the middle of the warm-up', () => {
    const router = live();
    router.sees({ hasTopology: true });
    router.sees({ canaries: canaries(trying), unlinked: ['b'] });
    expect(router.reason).toBe('canaries: 512 of 768 arrived; no link to b');
  });

  it('repeats a warm-up that failed, after a pause, and names what failed until one is passed', () => {
    const router = live();
    router.sees({ hasTopology: true });
    router.done();
    router.sees({ canaries: canaries(lost) });
    expect(router.reason).toBe('canaries: 1 item was lost');
    expect(router.failedCheck).toBe('canaries: 1 item was lost');
    router.sees({ nowMs: 2_999 });
    expect(router.done()).toEqual([]);
    router.sees({ nowMs: 3_000, canaries: canaries(trying) });
    expect(router.done()).toEqual([{ do: 'warm-up' }]);
    router.sees({});
    expect(router.reason).toMatch(/^canaries: 512/);
    expect(router.failedCheck).toBe('canaries: 1 item was lost');
    router.sees({ canaries: canaries(passed) });
    expect(router.state.phase).toBe('in-rotation');
    expect(router.failedCheck).toBe('');
  });

  it('leaves the rotation at the first silent loss, and has to warm up again', () => {
    const router = inRotation();
    router.sees({ nowMs: 10_000, canaries: canaries(lost) });
    expect(router.state.phase).toBe('warming');
    expect(router.failedCheck).toBe('canaries: 1 item was lost');
    router.sees({ nowMs: 12_000, canaries: canaries(lost, 0) });
    expect(router.state.phase).toBe('warming');
    router.sees({ nowMs: 13_000 });
    expect(router.done()).toEqual([{ do: 'warm-up' }]);
  });

  it('leaves the rotation when no canary comes from anywhere, and is back with the next one', () => {
    const router = inRotation();
    router.sees({ canaries: canaries(passed, 2_999) });
    expect(router.state.phase).toBe('in-rotation');
    router.sees({ canaries: canaries(passed, 3_000), unlinked: ['a'] });
    expect(router.reason).toBe('canaries: none arrived for 3 s; no link to a');
    expect(router.failedCheck).toBe(router.reason);
    router.sees({ canaries: canaries(passed, 50) });
    expect(router.state.phase).toBe('in-rotation');
    expect(router.done()).toEqual([]);
  });

  it('stays in the rotation while canaries come from any storage node', () => {
    const router = inRotation();
    router.sees({ unlinked: ['a'], canaries: canaries(passed, 100) });
    expect(router.reason).toBeUndefined();
  });
});

describe('a drain', () => {
  it('leaves the rotation, waits, tells the storage nodes, moves the clients, and stays up empty', () => {
    const router = inRotation();
    router.isAsked(4_000);
    expect(router.reason).toBe('draining');
    router.sees({ nowMs: 499 });
    expect(router.done()).toEqual([]);
    router.sees({ nowMs: 500 });
    expect(router.done()).toEqual([{ do: 'say-leaving' }]);
    router.sees({ nowMs: 600 });
    expect(router.done()).toEqual([{ do: 'move-clients', withinMs: 4_000 }]);
    router.sees({ nowMs: 1_500 });
    expect(router.done()).toEqual([{ do: 'say-leaving' }]);
    router.sees({ nowMs: 2_000 });
    expect(router.done()).toEqual([]);
    router.sees({ nowMs: 2_100, moved: true });
    expect(router.done()).toEqual([{ do: 'end-canaries' }]);
    router.sees({ nowMs: 60_000 });
    expect(router.state).toMatchObject({ phase: 'draining', stage: 'empty' });
    expect(router.done()).toEqual([]);
  });

  it('of a router that was never in the rotation waits for no load balancer', () => {
    const router = live();
    router.sees({ hasTopology: true });
    router.done();
    router.isAsked(4_000);
    router.sees({});
    expect(router.done()).toEqual([{ do: 'say-leaving' }]);
  });

  it('asked again keeps the earlier end, and asked to stop does so when it is empty', () => {
    const router = inRotation();
    router.isAsked(4_000);
    router.sees({ nowMs: 200 });
    router.isAsked(60_000);
    expect(router.state).toMatchObject({ endMs: 4_600, stop: false });
    router.isAsked(1_000, true);
    expect(router.state).toMatchObject({ endMs: 1_500, stop: true });
    router.isAsked(60_000);
    expect(router.state).toMatchObject({ endMs: 1_500, stop: true });
    router.sees({ nowMs: 500 });
    router.sees({ nowMs: 600 });
    router.sees({ nowMs: 700, moved: true });
    router.sees({});
    expect(router.state.phase).toBe('stopped');
    expect(router.reason).toBe('stopped');
  });

  it('is not undone by anything that is seen', () => {
    const sight = fc.record({
      nowMs: fc.nat(100_000),
      hasTopology: fc.boolean(),
      unlinked: fc.subarray(['a', 'b']),
      canaries: fc.constantFrom(canaries(), canaries(passed), canaries(lost), canaries(trying)),
      moved: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sight), fc.boolean(), (sights, stop) => {
        const router = inRotation();
        router.isAsked(1_000, stop);
        for (const seen of sights.toSorted((a, b) => a.nowMs - b.nowMs)) {
          router.sees(seen);
          expect(['draining', ...(stop ? ['stopped'] : [])]).toContain(router.state.phase);
          expect(router.reason).toBeDefined();
        }
        const doings = router.done().map((effect) => effect.do);
        expect(doings).not.toContain('warm-up');
        expect(doings.filter((what) => what === 'move-clients').length).toBeLessThanOrEqual(1);
        const [first] = doings;
        if (first !== undefined) expect(first).toBe('say-leaving');
      }),
    );
  });
});

describe('readiness', () => {
  it('is true in the rotation only, and only after a warm-up was passed', () => {
    const sight = fc.record({
      stepMs: fc.nat(2_000),
      unlinked: fc.subarray(['a', 'b']),
      canaries: fc.constantFrom(
        canaries(),
        canaries(passed),
        canaries(passed, 5_000),
        canaries(lost),
        canaries(trying),
      ),
    });
    fc.assert(
      fc.property(fc.array(sight), (sights) => {
        const router = live();
        let nowMs = 0;
        let mayBeReady = false;
        for (const { stepMs, ...seen } of sights) {
          nowMs += stepMs;
          if (seen.canaries.verdict?.is === 'passed') mayBeReady = true;
          router.sees({ nowMs, hasTopology: true, ...seen });
          const isReady = router.reason === undefined;
          expect(isReady).toBe(router.state.phase === 'in-rotation');
          if (isReady) expect(mayBeReady).toBe(true);
          if (isReady) expect(seen.canaries.verdict?.is).not.toBe('failed');
        }
      }),
    );
  });
});
