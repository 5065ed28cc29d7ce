import { link } from '../../proto/index.ts';
import type { CarryPort } from '../link/index.ts';

/** How handoffs find their targets, and results their sources, right now. */
export interface CarryOwners {
  open(member: string): CarryPort | undefined;
}

/** What names a handoff in its result. */
type Carried = Omit<link.HandoffResult, 'outcome'>;

/**
 * Carries topics between storage nodes, which don't talk to each other: a handoff from its source's link to its
 * target's, and the target's answer back. Nothing is kept but who waits for an answer. What can't be passed on is
 * answered NOT_YET at once, what was passed on and can't be answered any more when that is known; the source tries
 * again, through any router.
 *
 * A version isn't looked at: whether a handoff is still good is its target's to say. The answer goes back over the link
 * that its source has then; a source that has none asks again.
 */
export class Carrier {
  readonly #owners: CarryOwners;
  readonly #unansweredMax: number;
  readonly #unanswered = new Map<CarryPort, Map<string, Carried>>();
  /** Handoffs passed on to their targets, and those this router answered NOT_YET itself, since the start. */
  readonly counts = { carried: 0, notYet: 0 };

  /** @param unansweredMax handoffs that may wait for the answer of one target */
  constructor(owners: CarryOwners, unansweredMax: number) {
    this.#owners = owners;
    this.#unansweredMax = unansweredMax;
  }

  /** Handoffs that wait for their targets' answers. */
  get unanswered(): number {
    let count = 0;
    for (const held of this.#unanswered.values()) count += held.size;
    return count;
  }

  /** Passes on what a source handed to this router. */
  carry(handoffs: readonly link.Handoff[]): void {
    for (const handoff of handoffs) {
      const on = this.#owners.open(handoff.to);
      if (on && this.#remember(on, handoff)) {
        this.counts.carried += 1;
        on.handoff(handoff);
      } else this.#notYet(handoff);
    }
  }

  /** Brings back what a target said. */
  answered(from: CarryPort, results: readonly link.HandoffResult[]): void {
    const held = this.#unanswered.get(from);
    for (const result of results) {
      if (held?.delete(keyOf(result))) this.#owners.open(result.from)?.handoffResult(result);
    }
    if (held?.size === 0) this.#unanswered.delete(from);
  }

  /** Nothing passed on over `broken` will be answered. */
  broke(broken: CarryPort): void {
    const held = this.#unanswered.get(broken);
    this.#unanswered.delete(broken);
    for (const carried of held?.values() ?? []) this.#notYet(carried);
  }

  /** False: the target has enough on its way. */
  #remember(on: CarryPort, { from, to, version, number }: link.Handoff): boolean {
    if (on.halfFull) return false;
    let held = this.#unanswered.get(on);
    if (!held) {
      held = new Map();
      this.#unanswered.set(on, held);
    }
    const carried = { from, to, version, number };
    const key = keyOf(carried);
    if (held.size >= this.#unansweredMax && !held.has(key)) return false;
    held.set(key, carried);
    return true;
  }

  #notYet({ from, to, version, number }: Carried): void {
    this.counts.notYet += 1;
    const outcome = link.HandoffOutcome.NOT_YET;
    this.#owners.open(from)?.handoffResult({ from, to, version, number, outcome });
  }
}

/** Names one handoff to one target. */
function keyOf({ from, version, number }: Carried): string {
  return `${from} ${version?.term}.${version?.epoch} ${number}`;
}
