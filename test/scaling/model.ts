import type { Sample } from '../../operator/scale/index.ts';
import { Fleet } from './fleet.ts';
import { noise } from './noise.ts';
import type { Trace } from './traces.ts';

export interface Look {
  readonly second: number;
  /** Of all members that serve, of a while ago. */
  readonly samples: readonly Sample[];
  readonly members: readonly string[];
  readonly fleet: Fleet;
}

/** Says how many members there are to be. */
export type Scaler = (look: Look) => number;

export interface Outcome {
  readonly hours: number;
  /** Member-hours above what would just carry the load. */
  readonly spareHours: number;
  /** Seconds in which there was more load than members. */
  readonly secondsOver: number;
  readonly actions: number;
}

export interface Conditions {
  readonly startSeconds: number;
  readonly seed: number;
}

export const lookSeconds = 15;
/** From what is measured to the look: a scrape, and half the window of a rate. */
export const delaySeconds = 20;
/** Not counted: a scaler begins with members that it didn't ask for, and knows nothing of its load. */
const settleSeconds = 1800;

/** What a fleet costs and misses that a scaler looks after. */
export function run(trace: Trace, scaler: Scaler, { startSeconds, seed }: Conditions): Outcome {
  const fleet = new Fleet(Math.max(2, Math.ceil(trace.load(0) / 0.7)), startSeconds);
  const uneven = new Uneven(seed);
  let hours = 0;
  let spareHours = 0;
  let secondsOver = 0;
  let actions = 0;
  let desired = fleet.size;
  for (let second = 0; second < trace.seconds; second += 1) {
    const counts = second >= settleSeconds;
    fleet.tick(second);
    const load = trace.load(second);
    if (counts) {
      hours += fleet.size / 3600;
      spareHours += Math.max(0, fleet.size - load) / 3600;
      if (load > fleet.serving) secondsOver += 1;
    }
    if (second % lookSeconds !== 0) continue;
    const measured = trace.load(Math.max(0, second - delaySeconds));
    const wanted = scaler({ second, fleet, ...uneven.look(measured, fleet.serving, second) });
    if (wanted !== desired && counts) actions += 1;
    desired = wanted;
    fleet.resize(wanted, second);
  }
  return { hours, spareHours, secondsOver, actions };
}

/** Members don't carry the same, and their figures tremble. */
class Uneven {
  readonly #seed: number;
  readonly #names: string[] = [];

  constructor(seed: number) {
    this.#seed = seed;
  }

  look(load: number, serving: number, second: number) {
    while (this.#names.length < serving) this.#names.push(`member-${this.#names.length}`);
    const members = this.#names.slice(0, serving);
    const weights = members.map((_, member) => 1 + 0.16 * noise(this.#seed, member));
    const all = weights.reduce((sum, it) => sum + it, 0);
    const messages = load * (1 + 0.02 * noise(this.#seed + 1, second));
    const connections = 0.9 * load * (1 + 0.02 * noise(this.#seed + 2, second));
    const atMs = msOf(second);
    const samples: Sample[] = [];
    for (const [index, member] of members.entries()) {
      // A member that has more to do than it can is measured as full, and a little more.
      const part = (weights[index] ?? 1) / all;
      samples.push({ member, dimension: 'messages', ratio: Math.min(2, messages * part), atMs });
      samples.push({
        member,
        dimension: 'connections',
        ratio: Math.min(2, connections * part),
        atMs,
      });
    }
    return { samples, members };
  }
}

/** Since 1970. */
export function msOf(second: number): number {
  return Date.UTC(2026, 0, 1) + second * 1000;
}
