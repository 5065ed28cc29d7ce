import { isDeepStrictEqual } from 'node:util';
import { absentVersion, type RefusalCode } from '../store.ts';
import type { Policy } from './policy.ts';

/** Something that was to be written, and that the store wouldn't have. */
export interface Refusal {
  readonly code: RefusalCode;
  /** In the store's words. */
  readonly why: string;
  /** What was to be written. */
  readonly wanted: object;
  /** The `resourceVersion` that was written over, `absentVersion` for none; undefined: it doesn't matter. */
  readonly over: string | undefined;
  /** In a row. */
  readonly times: number;
  /** When it was tried last; monotonic. */
  readonly atMs: number;
  /** When it is tried again at the latest; monotonic. */
  readonly againAtMs: number;
}

/** By what was refused: `Service demo`. Handed from one plan to the next of a cluster. */
export type RefusalMemory = ReadonlyMap<string, Refusal>;

/** How a write ended. */
export interface Attempt {
  readonly what: string;
  readonly wanted: object;
  /** See `Refusal`. */
  readonly over: string | undefined;
  /** undefined: it is as it is to be. */
  readonly refusal: { readonly code: RefusalCode; readonly message: string } | undefined;
}

const whyCharsMax = 300;
/** What changes all the time is tried no more often than that. */
const changedMsMin = 1_000;
/** An object of somebody else isn't watched: nobody tells when it is gone. */
const takenMsMax = 5_000;

/**
 * What was refused, for the length of one plan. What a plan doesn't ask about is forgotten: nobody wants it any more.
 * An operator that restarts has an empty memory, which only makes it try once more.
 */
export class Refusals {
  readonly #before: RefusalMemory;
  readonly #nowMs: number;
  readonly #kept = new Map<string, Refusal>();
  #nextMs: number | undefined;

  constructor(before: RefusalMemory, nowMs: number) {
    this.#before = before;
    this.#nowMs = nowMs;
  }

  /**
   * Says that `what` is to become `wanted`, and answers whether it is too early to try that again. What was refused was
   * refused of an object as it was: when that is gone, so is the refusal.
   * @param over see `Refusal`.
   */
  holdBack(what: string, wanted: object, over: string | undefined): boolean {
    const refusal = this.#before.get(what);
    if (!refusal) return false;
    const isChanged = refusal.over !== over;
    if (isChanged && over === absentVersion) return false;
    this.#kept.set(what, refusal);
    const againAtMs = isChanged ? refusal.atMs + changedMsMin : refusal.againAtMs;
    const leftMs = Math.min(againAtMs, refusal.againAtMs) - this.#nowMs;
    // What is different from what was refused may be right.
    if (leftMs <= 0 || !isDeepStrictEqual(refusal.wanted, wanted)) return false;
    this.#nextMs = Math.min(this.#nextMs ?? leftMs, leftMs);
    return true;
  }

  /** For the next plan. */
  get memory(): RefusalMemory {
    return this.#kept;
  }

  /** When the first of those that are held back is tried again; undefined: none is. */
  get nextMs(): number | undefined {
    return this.#nextMs;
  }
}

/** What is remembered after these attempts. */
export function learn(
  before: RefusalMemory,
  attempts: readonly Attempt[],
  nowMs: number,
  { refusedMsMin, refusedMsMax }: Pick<Policy, 'refusedMsMin' | 'refusedMsMax'>,
): RefusalMemory {
  const memory = new Map(before);
  for (const { what, wanted, over, refusal } of attempts) {
    const times = (before.get(what)?.times ?? 0) + 1;
    memory.delete(what);
    if (!refusal) continue;
    const longestMs =
      refusal.code === 'NameTaken' ? Math.min(takenMsMax, refusedMsMax) : refusedMsMax;
    const pauseMs = Math.min(longestMs, refusedMsMin * 2 ** (times - 1));
    memory.set(what, {
      code: refusal.code,
      why: shortened(refusal.message),
      wanted,
      over,
      times,
      atMs: nowMs,
      againAtMs: nowMs + pauseMs,
    });
  }
  return memory;
}

function shortened(text: string): string {
  return text.length > whyCharsMax ? `${text.slice(0, whyCharsMax - 3)}...` : text;
}
