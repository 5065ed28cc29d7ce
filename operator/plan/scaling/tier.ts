import type { Component } from '../../names.ts';
import type { ObservedMember } from '../../observe/index.ts';
import type { TopicClusterSpec } from '../../resource/index.ts';
import {
  decide,
  judge,
  judgeBounds,
  lookAheadMs,
  type Reading,
  tierScaling,
  type Verdict,
  withLoad,
} from '../../scale/index.ts';
import { nextArrivals, servingSince } from './arrivals.ts';
import type { TierMemory } from './memory.ts';
import { membersReading } from './serving.ts';
import type { LoadSource } from './source.ts';
import { tell } from './tell.ts';

type TierSpec = TopicClusterSpec['scaling'][Component];

/** A reading of a source outside, once it came. */
export interface TakenReading {
  readonly reading: Reading;
  /** Another one for every reading. */
  readonly number: number;
}

export interface TierInput {
  readonly tier: Component;
  readonly spec: TierSpec & { readonly max: number };
  readonly intervalMs: number;
  readonly source: LoadSource;
  readonly members: readonly ObservedMember[];
  /** Those of them that carry load. */
  readonly serving: readonly ObservedMember[];
  /** The last one of the source; undefined: none came yet. Not looked at when the members are the source. */
  readonly taken: TakenReading | undefined;
  /** What goes on with the cluster, for people; undefined: it is at rest. */
  readonly busy: string | undefined;
  readonly memory: TierMemory;
  /** Monotonic. */
  readonly nowMs: number;
  /** Since 1970. */
  readonly wallMs: number;
}

/** Looks at the load of a tier, if there is something new to look at, and decides how many members it is to have. */
export function planTier(input: TierInput): TierMemory {
  const { members, serving } = input;
  const arrivals = nextArrivals(input.memory.arrivals, members, serving, input);
  const memory = { ...input.memory, arrivals };
  const taken = nextReading(input);
  return taken ? decideOn(taken, { ...input, memory }) : memory;
}

/** When the members are to be asked again; undefined: somebody else says when. */
export function lookAgainMs({ source, memory, intervalMs, nowMs }: TierInput): number | undefined {
  if (source.kind !== 'members') return undefined;
  return memory.reading ? Math.max(0, memory.reading.nowMs + intervalMs - nowMs) : 0;
}

function nextReading(input: TierInput): TakenReading | undefined {
  const { source, taken, memory, serving, wallMs } = input;
  if (source.kind === 'prometheus') {
    return taken && taken.number !== memory.reading?.number ? taken : undefined;
  }
  if (lookAgainMs(input) !== 0) return undefined;
  return { reading: membersReading(serving, wallMs), number: (memory.reading?.number ?? 0) + 1 };
}

function decideOn({ reading, number }: TakenReading, input: TierInput): TierMemory {
  const { tier, spec, source, serving, intervalMs, busy, memory, nowMs, wallMs } = input;
  const verdict = judged(reading, input);
  const isAway = verdict.kind === 'unknown' && source.kind !== 'members';
  const history =
    verdict.kind === 'known' ? withLoad(memory.history, verdict.load) : memory.history;
  const decision = decide({
    nowMs: wallMs,
    intervalMs,
    spec: tierScaling(spec, tier),
    current: memory.desired,
    verdict,
    fallback: isAway ? judged(membersReading(serving, wallMs), input) : undefined,
    history,
    leadMs: lookAheadMs(memory.arrivals.leads, { intervalMs, measuringMs: measuringMs(input) }),
    busy,
    memory: memory.scale,
  });
  const next: TierMemory = {
    ...memory,
    desired: decision.desired,
    history,
    verdict,
    decision,
    scale: decision.memory,
    reading: { number, nowMs },
  };
  return { ...next, told: tell(next, decision, input) };
}

function judged(reading: Reading, { serving, memory, intervalMs, wallMs }: TierInput): Verdict {
  const { verdict, history } = memory;
  return judge({
    reading,
    serving: serving.map(({ name }) => name),
    since: servingSince(memory.arrivals, serving),
    nowMs: wallMs,
    before: history.at(-1),
    doubted: verdict?.kind === 'unknown' ? verdict.doubted : undefined,
    bounds: { ...judgeBounds, intervalMs },
  });
}

/** Rates are of the last 15 s, so of 8 s ago on average; what Prometheus has is half a scrape old besides. */
function measuringMs({ source, intervalMs }: TierInput): number {
  return 8_000 + (source.kind === 'prometheus' ? intervalMs / 2 : 0);
}
