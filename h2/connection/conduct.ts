import type { ConductLimits, Nuisance } from '../limits.ts';

const rates = {
  resets: 'resetsPerSecondMax',
  settings: 'settingsPerSecondMax',
  pings: 'pingsPerSecondMax',
  'empty-data': 'emptyDataPerSecondMax',
  'window-updates': 'windowUpdatesPerSecondMax',
  priorities: 'prioritiesPerSecondMax',
  'unknown-frames': 'unknownFramesPerSecondMax',
} as const satisfies Record<Nuisance, keyof ConductLimits>;

const nuisances = Object.keys(rates) as readonly Nuisance[];

/** Counts what one client does, and forgets it at the rates of the limits. */
export class Conduct {
  readonly #limits: ConductLimits;
  /** Undefined: nothing is held against it. */
  #counts: Record<Nuisance, number> | undefined;

  constructor(limits: ConductLimits) {
    this.#limits = limits;
  }

  /** Counts one. False: that was one too many. */
  count(nuisance: Nuisance): boolean {
    const counts = (this.#counts ??= {
      resets: 0,
      settings: 0,
      pings: 0,
      'empty-data': 0,
      'window-updates': 0,
      priorities: 0,
      'unknown-frames': 0,
    });
    counts[nuisance] += 1;
    return counts[nuisance] <= this.#allowed(nuisance, this.#limits.conductMs);
  }

  /** Time has passed. */
  pass(ms: number): void {
    const counts = this.#counts;
    if (counts === undefined) return;
    let isClean = true;
    for (const nuisance of nuisances) {
      const left = Math.max(0, counts[nuisance] - this.#allowed(nuisance, ms));
      counts[nuisance] = left;
      isClean &&= left === 0;
    }
    if (isClean) this.#counts = undefined;
  }

  #allowed(nuisance: Nuisance, ms: number): number {
    return (this.#limits[rates[nuisance]] * ms) / 1000;
  }
}
