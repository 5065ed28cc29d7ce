/** What a client may do, but only so often: each costs us more than it costs the client, or is of no use to anybody. */
export type Nuisance =
  /** RST_STREAM of the client's ("rapid reset"), and errors of streams that make us send one ("MadeYouReset"). */
  | 'resets'
  | 'settings'
  | 'pings'
  /** DATA without data that doesn't end its stream. */
  | 'empty-data'
  | 'window-updates'
  | 'priorities'
  /** Frames of types that RFC 9113 doesn't know, and GOAWAY. */
  | 'unknown-frames';

export interface ConductLimits {
  /**
   * Ended streams that weren't served to their end, a second. Default 2,000: some hundred unsubscribes a second are work,
   * and a client that shuts down gives up all of its streams at once.
   */
  readonly resetsPerSecondMax: number;
  /** Default 10; clients send one or two in their life. */
  readonly settingsPerSecondMax: number;
  /** Default 10,000: some measure the round trip while data comes, with one PING after the other. */
  readonly pingsPerSecondMax: number;
  /** Default 100; clients have no use for it. */
  readonly emptyDataPerSecondMax: number;
  /** Default 10,000; clients send one for some kilobytes. */
  readonly windowUpdatesPerSecondMax: number;
  /** Default 100; of use to nobody any more, but some browsers send a few. */
  readonly prioritiesPerSecondMax: number;
  /** Default 100; extensions, and what clients send so that servers learn to ignore it. */
  readonly unknownFramesPerSecondMax: number;
  /** The seconds over which all of these are averages: so many at once are what so many seconds allow. Default 10 s. */
  readonly conductMs: number;
}

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
