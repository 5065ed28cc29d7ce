import type { HistoryBounds } from '../history/index.ts';
import { Recency } from './recency.ts';
import type { Topic } from './topic.ts';

/**
 * The histories of all topics under one bound. When they exceed it, the topic that was not published to for longest
 * loses its history, then the next: publishes go on whatever is asked of memory, and who resumes there is told of
 * the gap.
 */
export class Retention {
  readonly #bytesMax: number;
  readonly #topics = new Recency<Topic>();
  #bytes = 0;

  constructor(historyTotalBytesMax: number) {
    this.#bytesMax = historyTotalBytesMax;
  }

  /** Encoded items and what they cost beside their bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  append(topic: Topic, item: Uint8Array, nowMs: number, bounds: HistoryBounds): void {
    topic.history.append(item, nowMs, bounds);
    this.#recount(topic);
    this.#retain(topic);
  }

  /**
   * Takes what another storage node retained of the topic. It counts as published to just now, and may outlive its age
   * in memory by as much; it is not read then.
   *
   * @param agesMs of each of the items, not growing
   */
  inherit(
    topic: Topic,
    items: readonly Uint8Array[],
    agesMs: readonly number[],
    nowMs: number,
    bounds: HistoryBounds,
  ): void {
    for (const [index, item] of topic.sequencer.keep(items, nowMs).entries()) {
      topic.history.append(item, nowMs - (agesMs[index] ?? 0), bounds);
    }
    this.trim(topic, nowMs, bounds);
    this.#retain(topic);
  }

  /** To be called before a history is read. */
  trim(topic: Topic, nowMs: number, bounds: HistoryBounds): void {
    topic.history.trim(nowMs, bounds);
    this.#recount(topic);
  }

  /** Releases what one topic retains. */
  forget(topic: Topic): void {
    topic.history.clear();
    this.#recount(topic);
  }

  /** Releases up to `topicsMax` histories whose newest item is past its age. True: there may be more. */
  expire(nowMs: number, bounds: HistoryBounds, topicsMax: number): boolean {
    for (let done = 0; done < topicsMax; done++) {
      const oldest = this.#topics.oldest();
      if (!oldest) return false;
      this.trim(oldest, nowMs, bounds);
      // Later ones were published to later: none of them can be empty.
      if (oldest.history.count > 0) return false;
    }
    return true;
  }

  /** Applies changed bounds to every topic. */
  trimAll(nowMs: number, bounds: HistoryBounds): void {
    for (const topic of this.#topics) this.trim(topic, nowMs, bounds);
  }

  #retain(topic: Topic): void {
    if (topic.history.count > 0) this.#topics.touch(topic.retainedPlace);
    while (this.#bytes > this.#bytesMax) {
      const oldest = this.#topics.oldest();
      if (!oldest) break;
      this.forget(oldest);
    }
  }

  #recount(topic: Topic): void {
    const { history, sequencer } = topic;
    if (history.count === 0) {
      sequencer.release();
      this.#topics.remove(topic.retainedPlace);
    }
    const bytes = history.retainedBytes + sequencer.slackBytes;
    this.#bytes += bytes - topic.retainedBytes;
    topic.retainedBytes = bytes;
  }
}
