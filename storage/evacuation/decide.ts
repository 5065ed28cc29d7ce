/** What a storage node that was told to end sees. */
export interface Situation {
  /** The topology held names this process, in its ring or in the ring that a move leads to. */
  readonly needed: boolean;
  /** For how long it wasn't; 0 while it is. */
  readonly unneededMs: number;
  /** It is the only member of the ring, and no move is under way: nobody could take its topics. */
  readonly alone: boolean;
  /** The operator said that nobody can take its topics. */
  readonly released: boolean;
  /** For how long no router has had a link to it; 0: one has. */
  readonly withoutLinksMs: number;
  /** Since it was told to end. */
  readonly waitedMs: number;
}

export interface EvacuationBounds {
  readonly evacuateMsMax: number;
  readonly withoutLinksMsMax: number;
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

/** What a storage node does that was told to end. */
export function decideEnd(situation: Situation, bounds: EvacuationBounds): Verdict {
  const { needed, unneededMs, alone, released, withoutLinksMs, waitedMs } = situation;
  if (!needed) {
    // Publishes on their way are answered MOVED; routers end their links when they have all answers.
    const isParted = withoutLinksMs > 0 || unneededMs >= bounds.partMsMax;
    return isParted ? { is: 'empty' } : { is: 'wait' };
  }
  if (alone) return { is: 'now', why: 'there is no other storage node to take its topics' };
  if (released)
    return { is: 'now', why: 'every storage node that could take its topics is to end' };
  if (withoutLinksMs >= bounds.withoutLinksMsMax) {
    return { is: 'now', why: 'no router is there to carry its topics to others' };
  }
  if (waitedMs >= bounds.evacuateMsMax) {
    return { is: 'now', why: `its topics were not moved away within ${bounds.evacuateMsMax} ms` };
  }
  return { is: 'wait' };
}
