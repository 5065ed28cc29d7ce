import { isDeepStrictEqual } from 'node:util';
import { type Condition, conditionTypes, type TopicClusterStatus } from '../resource/index.ts';
import type { Policy } from './policy.ts';

/** The status that was written last. Handed from one plan to the next of a cluster. */
export interface StatusMemory {
  /** What it said, but for its times. */
  readonly said: string;
  /** Monotonic. */
  readonly atMs: number;
  /** How often it was written again, because somebody had changed it. */
  readonly repairs: number;
}

export interface StatusWriteInput {
  readonly wanted: TopicClusterStatus;
  /** What the store holds, whoever wrote it. */
  readonly there: unknown;
  readonly memory: StatusMemory | undefined;
  readonly policy: Pick<Policy, 'refusedMsMin' | 'refusedMsMax'>;
  readonly nowMs: number;
}

export interface StatusWrite {
  /** undefined: nothing is written. */
  readonly status: TopicClusterStatus | undefined;
  /** To be remembered once it is written. */
  readonly memory: StatusMemory | undefined;
  /** When what is held back now may be written. */
  readonly againMs: number | undefined;
}

/**
 * Whether the status is written. What is news always is. What somebody else changed is put right at once, and then with
 * pauses that grow: whoever writes the same fields has the last word for a while, and no two of them keep each other
 * busy. Conditions of other types are somebody else's.
 */
export function planStatusWrite(input: StatusWriteInput): StatusWrite {
  const { wanted, there, memory, policy, nowMs } = input;
  const { refusedMsMin, refusedMsMax } = policy;
  if (isDeepStrictEqual(withOurConditions(there), wanted)) {
    const isPeace = memory && nowMs - memory.atMs >= 2 * refusedMsMax;
    return { status: undefined, memory: isPeace ? undefined : memory, againMs: undefined };
  }
  const said = textOf(wanted);
  if (memory?.said !== said) {
    return { status: wanted, memory: { said, atMs: nowMs, repairs: 0 }, againMs: undefined };
  }
  const { atMs, repairs } = memory;
  const pauseMs = repairs === 0 ? 0 : Math.min(refusedMsMax, refusedMsMin * 2 ** (repairs - 1));
  const leftMs = atMs + pauseMs - nowMs;
  if (leftMs > 0) return { status: undefined, memory, againMs: leftMs };
  const repaired = { said, atMs: nowMs, repairs: repairs + 1 };
  return { status: wanted, memory: repaired, againMs: undefined };
}

function withOurConditions(status: unknown): unknown {
  const conditions = (status as { conditions?: unknown } | null | undefined)?.conditions;
  if (!Array.isArray(conditions)) return status;
  const ours = conditionTypes.flatMap((type) => {
    return conditions.filter((it: Partial<Condition> | null) => it?.type === type) as unknown[];
  });
  return { ...(status as object), conditions: ours };
}

/** Since when something is so follows from what was there before, so a change of that isn't news. */
function textOf(status: TopicClusterStatus): string {
  return JSON.stringify(status, (key, value: unknown) => {
    return key === 'lastTransitionTime' || key === 'since' ? undefined : value;
  });
}
