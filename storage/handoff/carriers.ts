import type { link } from '../../proto/index.ts';

/** A link whose router carries handoffs. */
export interface Carrier {
  /** It has as much to say as it may: it gets nothing more for now. */
  readonly busy: boolean;
  /** @param bytes what it weighs */
  carry(handoff: link.Handoff, bytes: number): void;
}

interface Load {
  /** Handoffs that are on their way through it. */
  inFlight: number;
  /** The turn of its last handoff. */
  usedAt: number;
}

/** unknown: nothing was heard of this way yet. */
type Trust = 'answered' | 'unknown' | 'failed';

/**
 * The links of a source, and which of them carries the next handoff to a target: one that didn't fail on the way there,
 * if there is one; among these the one with the least on its way, where a way that brought an answer counts as shorter;
 * among equals the one that was used longest ago.
 */
export class Carriers {
  readonly #loads = new Map<Carrier, Load>();
  readonly #trust = new Map<string, Map<Carrier, Trust>>();
  #turn = 0;

  add(carrier: Carrier): void {
    this.#loads.set(carrier, { inFlight: 0, usedAt: 0 });
  }

  remove(carrier: Carrier): void {
    this.#loads.delete(carrier);
    for (const ways of this.#trust.values()) ways.delete(carrier);
  }

  /** undefined: there is none that can take one now. */
  choose(to: string): Carrier | undefined {
    let best: Carrier | undefined;
    let least: readonly [number, number, number] = [0, 0, 0];
    for (const [carrier, { inFlight, usedAt }] of this.#loads) {
      if (carrier.busy) continue;
      const trust = this.#trust.get(to)?.get(carrier) ?? 'unknown';
      const cost = [
        trust === 'failed' ? 1 : 0,
        inFlight + (trust === 'answered' ? 0 : 1),
        usedAt,
      ] as const;
      if (best && !isLess(cost, least)) continue;
      best = carrier;
      least = cost;
    }
    return best;
  }

  /** A handoff went out through it. */
  sent(carrier: Carrier): void {
    const load = this.#loads.get(carrier);
    if (!load) return;
    load.inFlight += 1;
    this.#turn += 1;
    load.usedAt = this.#turn;
  }

  /** It was answered, was sent again another way, or is of no use any more. */
  settled(carrier: Carrier): void {
    const load = this.#loads.get(carrier);
    if (load) load.inFlight -= 1;
  }

  /** What became of a handoff to a target that it carried. */
  judge(to: string, carrier: Carrier, trust: 'answered' | 'failed'): void {
    if (!this.#loads.has(carrier)) return;
    let ways = this.#trust.get(to);
    if (!ways) {
      ways = new Map();
      this.#trust.set(to, ways);
    }
    ways.set(carrier, trust);
  }

  /** Another move, or another version of it: who failed may work now. */
  forgive(): void {
    this.#trust.clear();
  }
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}
