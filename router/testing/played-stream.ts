import { link } from '../../proto/index.ts';
import { decodeBatch, encodeBatch, type LinkStream } from '../link/index.ts';

/** Any part of a batch. */
export type Told = Partial<link.StorageBatch>;

const nothing: link.StorageBatch = {
  welcome: undefined,
  version: undefined,
  results: [],
  feeds: [],
  replays: [],
  handoffs: [],
  handoffResults: [],
  topology: undefined,
};

/**
 * A stream whose other end is played by a test. What either side sends waits until the test lets it through, batch by
 * batch; it goes through the codec, the router's own on its
 * side, so nobody shares memory.
 */
export class PlayedStream implements LinkStream {
  /** Set by whoever plays the storage node. */
  onArrived: (batch: link.RouterBatch) => void = () => {};
  /** The router gave it up. */
  onCancelled: () => void = () => {};
  readonly #up: { readonly batch: Uint8Array; readonly written: () => void }[] = [];
  readonly #down: Uint8Array[] = [];
  #take: (batch: link.StorageBatch) => void = () => {};
  #ended: (reason: string) => void = () => {};
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Batches on their way to the storage node, and from it. */
  get waiting(): { readonly up: number; readonly down: number } {
    return { up: this.#up.length, down: this.#down.length };
  }

  write(batch: link.RouterBatch, written: () => void): void {
    this.#up.push({ batch: encodeBatch(batch), written });
  }

  onBatch(take: (batch: link.StorageBatch) => void): void {
    this.#take = take;
  }

  onEnd(ended: (reason: string) => void): void {
    this.#ended = ended;
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.onCancelled();
  }

  /** What the storage node says; `letDown` brings it. */
  say(told: Told): void {
    this.#down.push(link.StorageBatch.encode({ ...nothing, ...told }).finish());
  }

  /** Lets the next batch of the router through. */
  letUp(): void {
    const next = this.#up.shift();
    if (!next || this.#isOver) return;
    next.written();
    this.onArrived(link.RouterBatch.decode(next.batch));
  }

  /** Lets the next batch of the storage node through. */
  letDown(): void {
    const next = this.#down.shift();
    if (next && !this.#isOver) this.#take(decodeBatch(next));
  }

  /** The stream breaks: what is on its way is gone. */
  cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended('cut');
    this.onCancelled();
  }
}
