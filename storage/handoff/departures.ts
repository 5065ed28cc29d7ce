import { topicKey } from '../../topology/index.ts';

/** Clients of a topic that is waited for come back through another router: for what came since, until then. */
export interface Departure {
  readonly cache: string;
  readonly topic: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Departures from topics that may still come, one for each; of more than `departuresMax`, the latest are forgotten. */
export class Departures {
  readonly #max: number;
  readonly #byTopic = new Map<string, Departure>();

  constructor(departuresMax: number) {
    this.#max = departuresMax;
  }

  note(departure: Departure): void {
    const key = topicKey(departure.cache, departure.topic);
    const before = this.#byTopic.get(key);
    if (!before && this.#byTopic.size >= this.#max) return;
    const sinceMs = Math.min(before?.sinceMs ?? departure.sinceMs, departure.sinceMs);
    const untilMs = Math.max(before?.untilMs ?? departure.untilMs, departure.untilMs);
    this.#byTopic.set(key, { ...departure, sinceMs, untilMs });
  }

  /** A topic is there: what is known of it is asked for, once. */
  take(cache: string, topic: string): Departure | undefined {
    if (this.#byTopic.size === 0) return undefined;
    const key = topicKey(cache, topic);
    const departure = this.#byTopic.get(key);
    this.#byTopic.delete(key);
    return departure;
  }

  /** Something has changed for many: those that are settled are forgotten. */
  settle(isSettled: (departure: Departure) => boolean): void {
    for (const [key, departure] of this.#byTopic) {
      if (isSettled(departure)) this.#byTopic.delete(key);
    }
  }
}
