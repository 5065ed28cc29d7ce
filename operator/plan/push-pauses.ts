import type { topo } from '../../proto/index.ts';
import { formatVersion, noVersion } from '../../topology/index.ts';
import type { Policy } from './policy.ts';
import type { Push } from './pushes.ts';

/** A push that wasn't taken. */
export interface PushPause {
  /** What was said to whom; anything else is tried at once. */
  readonly what: string;
  /** In a row. */
  readonly times: number;
  /** When it is tried again; monotonic. */
  readonly againAtMs: number;
}

/** By member. Handed from one plan to the next of a cluster; an operator that restarts tries once more. */
export type PushPauses = ReadonlyMap<string, PushPause>;

export interface DuePushes {
  readonly due: readonly Push[];
  /** For the next plan. */
  readonly pauses: PushPauses;
  /** When the first that is held back is tried again; undefined: none is. */
  readonly nextMs: number | undefined;
}

/** Those of the pushes that aren't held back. A pause is forgotten once its member needs no push. */
export function duePushes(
  pushes: readonly Push[],
  topology: topo.Topology | undefined,
  before: PushPauses,
  nowMs: number,
): DuePushes {
  const pauses = new Map<string, PushPause>();
  const due: Push[] = [];
  let nextMs: number | undefined;
  for (const push of pushes) {
    const pause = before.get(push.member);
    const isSame = pause?.what === whatOf(push, topology);
    if (isSame) pauses.set(push.member, pause);
    if (isSame && pause.againAtMs > nowMs) {
      const leftMs = pause.againAtMs - nowMs;
      nextMs = Math.min(nextMs ?? leftMs, leftMs);
    } else due.push(push);
  }
  return { due, pauses, nextMs };
}

/** What is remembered after pushes of this topology. Each pause is twice the one before. */
export function pausesAfter(
  before: PushPauses,
  topology: topo.Topology | undefined,
  results: readonly { readonly push: Push; readonly isTaken: boolean }[],
  nowMs: number,
  { pushAgainMsMin, pushAgainMsMax }: Pick<Policy, 'pushAgainMsMin' | 'pushAgainMsMax'>,
): PushPauses {
  const pauses = new Map(before);
  for (const { push, isTaken } of results) {
    const times = (before.get(push.member)?.times ?? 0) + 1;
    pauses.delete(push.member);
    if (isTaken) continue;
    const pauseMs = Math.min(pushAgainMsMax, pushAgainMsMin * 2 ** (times - 1));
    const what = whatOf(push, topology);
    pauses.set(push.member, { what, times, againAtMs: nowMs + pauseMs });
  }
  return pauses;
}

function whatOf({ address, confirms }: Push, topology: topo.Topology | undefined): string {
  return `${formatVersion(topology?.version ?? noVersion)} to ${address}, ${confirms}`;
}
