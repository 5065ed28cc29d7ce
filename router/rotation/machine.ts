import type { CanaryReport } from '../canary/index.ts';

/**
 * The life of a router:
 *
 *   starting      it has no topology
 *   warming       it opens links and passes canaries, or no canaries come any more; no client should be sent here
 *   in-rotation   it delivers
 *   draining      it was asked to move its clients elsewhere; there is no way back
 *   stopped       it was also asked to stop, and nobody is left
 */
export type State =
  | { readonly phase: 'starting' }
  | {
      readonly phase: 'warming';
      readonly sinceMs: number;
      readonly trial: Trial;
      /** What failed last and isn't cured, for people; '': nothing. */
      readonly failedCheck: string;
      /** Why it isn't in the rotation, for people. */
      readonly reason: string;
      /** Load balancers may have heard that it was. */
      readonly wasIn: boolean;
    }
  | { readonly phase: 'in-rotation' }
  | Draining
  | { readonly phase: 'stopped' };

export type Trial =
  /** Links are opened; the warm-up begins at `notBeforeMs` at the earliest. */
  | { readonly is: 'due'; readonly notBeforeMs: number }
  /** Canaries of a warm-up are on their way. */
  | { readonly is: 'running' }
  /** It had passed, then nothing came any more; the next canary is enough. */
  | { readonly is: 'silent' };

export interface Draining {
  readonly phase: 'draining';
  /**
   * - leaving: load balancers take note.
   * - marking: storage nodes were told, and mark what clients may come back for.
   * - moving: clients are moved.
   * - empty: nobody is left.
   */
  readonly stage: 'leaving' | 'marking' | 'moving' | 'empty';
  /** When `stage` is over, if that is a matter of time. */
  readonly untilMs: number;
  /** When all clients are to be gone. */
  readonly endMs: number;
  /** When storage nodes were told last. */
  readonly toldMs: number;
  /** To stop when it is empty. */
  readonly stop: boolean;
}

/** What the step is decided by. */
export interface Seen {
  readonly nowMs: number;
  readonly hasTopology: boolean;
  /** Members of the ring to which no link is open. */
  readonly unlinked: readonly string[];
  readonly canaries: CanaryReport;
  /** The edge has moved everybody. */
  readonly moved: boolean;
}

export type Effect =
  /** Begin a warm-up. */
  | { readonly do: 'warm-up' }
  /** Tell storage nodes that clients which can't say where they were come back elsewhere. */
  | { readonly do: 'say-leaving' }
  | { readonly do: 'move-clients'; readonly withinMs: number }
  | { readonly do: 'end-canaries' };

export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export interface RotationBounds {
  readonly leaveRotationMs: number;
  readonly warmUpAgainMs: number;
  readonly canarySilenceMsMax: number;
}

/** Storage nodes mark what they are told of, and tell other routers, within this time. */
const markMs = 100;
/** Storage nodes expect clients for 5 s; moving them may take longer. */
const tellAgainMs = 1_000;

/** The next state; to be called every few dozen milliseconds, and again at once when the phase has changed. */
export function step(state: State, seen: Seen, bounds: RotationBounds): Step {
  switch (state.phase) {
    case 'starting': {
      if (!seen.hasTopology) return stay(state);
      const trial: Trial = { is: 'due', notBeforeMs: seen.nowMs };
      return stay(warming(seen.nowMs, { trial }));
    }
    case 'warming':
      return warm(state, seen, bounds);
    case 'in-rotation':
      return watch(state, seen, bounds);
    case 'draining':
      return drain(state, seen);
    case 'stopped':
      return stay(state);
  }
}

/** The router is asked to move its clients, and to stop then or not. Asked again, the earlier end counts. */
export function asked(
  state: State,
  ask: { readonly withinMs: number; readonly stop: boolean; readonly nowMs: number },
  bounds: RotationBounds,
): State {
  const { withinMs, stop, nowMs } = ask;
  if (state.phase === 'stopped') return state;
  if (state.phase === 'draining') {
    const beginMs = state.stage === 'leaving' ? state.untilMs : nowMs;
    const endMs = Math.min(state.endMs, beginMs + withinMs);
    return { ...state, endMs, stop: state.stop || stop };
  }
  const wasIn = state.phase === 'in-rotation' || (state.phase === 'warming' && state.wasIn);
  const untilMs = nowMs + (wasIn ? bounds.leaveRotationMs : 0);
  const endMs = untilMs + markMs + withinMs;
  return { phase: 'draining', stage: 'leaving', untilMs, endMs, toldMs: nowMs, stop };
}

/** Why no client should be sent here, for people; undefined: nothing stands against it. */
export function notReadyBecause(state: State): string | undefined {
  switch (state.phase) {
    case 'starting':
      return 'no topology was received yet';
    case 'warming':
      return state.reason;
    case 'in-rotation':
      return undefined;
    case 'draining':
    case 'stopped':
      return state.phase;
  }
}

type Warming = Extract<State, { phase: 'warming' }>;

function warming(nowMs: number, change: Partial<Warming>): Warming {
  return {
    phase: 'warming',
    sinceMs: nowMs,
    trial: { is: 'silent' },
    failedCheck: '',
    reason: 'warming up',
    wasIn: false,
    ...change,
  };
}

function warm(state: Warming, seen: Seen, bounds: RotationBounds): Step {
  const { verdict, silentMs } = seen.canaries;
  switch (state.trial.is) {
    case 'due': {
      if (seen.nowMs < state.trial.notBeforeMs)
        return stay({ ...state, reason: state.failedCheck });
      if (seen.unlinked.length > 0) {
        const reason = `links are not open yet to: ${seen.unlinked.join(', ')}`;
        return stay({ ...state, reason });
      }
      const begun: State = {
        ...state,
        trial: { is: 'running' },
        reason: 'canaries: none sent yet',
      };
      return { state: begun, effects: [{ do: 'warm-up' }] };
    }
    case 'running':
      if (verdict?.is === 'passed') return stay({ phase: 'in-rotation' });
      if (verdict?.is === 'failed') return stay(failed(state, verdict.words, seen.nowMs, bounds));
      if (verdict === undefined) return stay(state);
      return stay({
        ...state,
        reason: `canaries: ${verdict.arrived} of ${verdict.wanted} arrived${without(seen)}`,
      });
    case 'silent':
      if (verdict?.is === 'failed') return stay(failed(state, verdict.words, seen.nowMs, bounds));
      if (silentMs < bounds.canarySilenceMsMax) return stay({ phase: 'in-rotation' });
      return stay(state);
  }
}

function failed(state: Warming, words: string, nowMs: number, bounds: RotationBounds): State {
  const trial: Trial = { is: 'due', notBeforeMs: nowMs + bounds.warmUpAgainMs };
  return { ...state, trial, failedCheck: words, reason: words };
}

function watch(state: State, seen: Seen, bounds: RotationBounds): Step {
  const { verdict, silentMs } = seen.canaries;
  const out = warming(seen.nowMs, { wasIn: true });
  if (verdict?.is === 'failed') return stay(failed(out, verdict.words, seen.nowMs, bounds));
  if (silentMs < bounds.canarySilenceMsMax) return stay(state);
  const seconds = bounds.canarySilenceMsMax / 1_000;
  const words = `canaries: none arrived for ${seconds} s${without(seen)}`;
  return stay({ ...out, failedCheck: words, reason: words });
}

function without({ unlinked }: Seen): string {
  return unlinked.length > 0 ? `; no link to ${unlinked.join(', ')}` : '';
}

function drain(state: Draining, seen: Seen): Step {
  const { nowMs } = seen;
  switch (state.stage) {
    case 'leaving':
      if (nowMs < state.untilMs) return stay(state);
      return {
        state: { ...state, stage: 'marking', untilMs: nowMs + markMs, toldMs: nowMs },
        effects: [{ do: 'say-leaving' }],
      };
    case 'marking': {
      if (nowMs < state.untilMs) return stay(state);
      const withinMs = Math.max(0, state.endMs - nowMs);
      return {
        state: { ...state, stage: 'moving' },
        effects: [{ do: 'move-clients', withinMs }],
      };
    }
    case 'moving':
      if (seen.moved) {
        return { state: { ...state, stage: 'empty' }, effects: [{ do: 'end-canaries' }] };
      }
      if (nowMs - state.toldMs < tellAgainMs) return stay(state);
      return { state: { ...state, toldMs: nowMs }, effects: [{ do: 'say-leaving' }] };
    case 'empty':
      return stay(state.stop ? { phase: 'stopped' } : state);
  }
}

function stay(state: State): Step {
  return { state, effects: [] };
}
