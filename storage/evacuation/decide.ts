/** What a storage node that was told to end sees. */
export interface Situation {
  /** The topology held names this process, in its ring or in the ring that a move leads to. */
  readonly needed: boolean;
  /** For how long it wasn't; 0 while it is. */
  readonly unneededMs: number;
  /** The operator said that nobody can take its topics. */
  readonly released: boolean;
  /** For how long no router has had a link to it; 0: one has. */
  readonly withoutLinksMs: number;
  /** For how long no operator has said a word to it. */
  readonly unaskedMs: number;
  /** Since it was told to end. */
  readonly waitedMs: number;
}

export interface EvacuationBounds {
  readonly evacuateMsMax: number;
  readonly unattendedMsMax: number;
  readonly partMsMax: number;
}

/**
 * Whether to end, and why, for people. wait: it serves on, the operator moves its topics to others. empty: nothing is
 * lost. now: what it still holds is lost.
 */
export type Verdict =
  | { readonly is: 'wait' }
  | { readonly is: 'empty' }
  | { readonly is: 'now'; readonly why: string };

/**
 * What a storage node does that was told to end. It can't tell by itself that nobody will take its topics: who is to join
 * the ring, or to carry them, may be there in a moment. The operator knows; without one it waits.
 */
export function decideEnd(situation: Situation, bounds: EvacuationBounds): Verdict {
  const { needed, unneededMs, released, withoutLinksMs, unaskedMs, waitedMs } = situation;
  if (!needed) {
    // Publishes on their way are answered MOVED; routers end their links when they have all answers.
    const isParted = withoutLinksMs > 0 || unneededMs >= bounds.partMsMax;
    return isParted ? { is: 'empty' } : { is: 'wait' };
  }
  if (released)
    return { is: 'now', why: 'every storage node that could take its topics is to end' };
  if (Math.min(withoutLinksMs, unaskedMs) >= bounds.unattendedMsMax) {
    return { is: 'now', why: 'no router and no operator is there to move its topics' };
  }
  if (waitedMs >= bounds.evacuateMsMax) {
    return { is: 'now', why: `its topics were not moved away within ${bounds.evacuateMsMax} ms` };
  }
  return { is: 'wait' };
}
