import type { link } from '../../proto/index.ts';
import { type Clock, Liveness } from '../../runtime/index.ts';
import type { LinkBounds } from './bounds.ts';
import { type Ending, statusOf } from './ending.ts';
import type { Taken } from './outgoing.ts';
import { Session, type SessionOptions } from './session.ts';
import type { RouterStream } from './stream.ts';

export interface LinkOptions extends Omit<SessionOptions, 'onPending' | 'sureMs'> {
  readonly clock: Clock;
  /** Called before anything is taken or written. */
  readonly notice: () => void;
  /** `tick` is called this often. */
  readonly tickMs: number;
  /** A batch was written. */
  readonly onBatch: (taken: Taken) => void;
  /** Called once. */
  readonly onEnd: (link: Link, ending: Ending) => void;
}

/** What was written this long before a router was last heard may not have reached its clients. */
const IN_FLIGHT_MS = 250;

const heartbeat: link.StorageBatch = {
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
 * Drives one session over its stream: one batch an event-loop turn, or as soon as a batch is full. Of what was handed
 * to the stream, at most `linkInFlightBytesMax` is unwritten; the rest stays in the session, where it can be merged and
 * dropped. A router that leaves more than `linkBytesMax` unread loses the link.
 */
export class Link {
  readonly #stream: RouterStream;
  readonly #options: LinkOptions;
  readonly #bounds: LinkBounds;
  readonly #session: Session;
  readonly #liveness: Liveness;
  #inFlightBytes = 0;
  #flushing = false;
  #blocked = false;
  #ended = false;
  #whenWritten: (() => void) | undefined;

  constructor(stream: RouterStream, options: LinkOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#bounds = options.bounds;
    this.#liveness = new Liveness(options.bounds, options.tickMs, this.#nowMs());
    this.#session = new Session({
      ...options,
      sureMs: () => this.#liveness.heardMs - IN_FLIGHT_MS,
      onPending: () => this.#onPending(),
    });
    stream.onBatch((batch) => this.#receive(batch));
    stream.onEnd((message) => this.end({ reason: 'gone', message }));
  }

  /** For logs. */
  get peer(): string {
    const peer = this.#session.peer;
    return peer ? `${peer.router}/${peer.incarnation}` : this.#stream.peer;
  }

  get feeds(): number {
    return this.#session.feeds;
  }

  /** Collected or handed to the stream, and not written. */
  get unsentBytes(): number {
    return this.#session.pendingBytes + this.#inFlightBytes;
  }

  announce(): void {
    this.#session.announce();
  }

  hold(nowMs: number): void {
    this.#session.hold(nowMs);
  }

  tick(nowMs: number): void {
    const verdict = this.#liveness.tick(nowMs);
    if (verdict === 'dead') {
      const message = `nothing was heard from router ${this.peer} for ${this.#bounds.linkSilenceMsMax} ms`;
      this.end({ reason: 'silent', message });
    } else if (verdict === 'heartbeat' && this.#session.peer && this.#inFlightBytes === 0) {
      this.#write(heartbeat, 1);
    }
  }

  /** Writes what is collected, then ends. Resolves when all is written or the stream is gone. */
  async finish(ending: Ending): Promise<void> {
    this.#pump();
    if (!this.#ended && this.unsentBytes > 0) {
      await new Promise<void>((resolve) => {
        this.#whenWritten = resolve;
      });
    }
    this.end(ending);
  }

  /** Ends at once: the session's memory is released, the router is told why. */
  end(ending: Ending): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#session.close(this.#nowMs());
    this.#stream.end(ending.reason === 'gone' ? undefined : statusOf(ending));
    this.#whenWritten?.();
    this.#options.onEnd(this, ending);
  }

  #receive(batch: link.RouterBatch): void {
    if (this.#ended) return;
    this.#options.notice();
    const nowMs = this.#nowMs();
    this.#liveness.heard(nowMs);
    const ending = this.#session.receive(batch, nowMs);
    if (ending) this.end(ending);
  }

  #onPending(): void {
    if (this.#session.pendingBytes >= this.#bounds.batchBytesMax) this.#pump();
    if (this.#flushing || this.#ended) return;
    this.#flushing = true;
    this.#options.clock.turn(() => {
      this.#flushing = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#ended) return;
    this.#options.notice();
    const nowMs = this.#nowMs();
    this.#blocked = false;
    while (this.#session.pending && this.#inFlightBytes < this.#bounds.linkInFlightBytesMax) {
      const taken = this.#session.take(nowMs);
      this.#write(taken.batch, taken.bytes);
      this.#options.onBatch(taken);
    }
    this.#blocked = this.#session.pending;
    if (this.unsentBytes > this.#bounds.linkBytesMax) {
      const message = `router ${this.peer} left more than ${this.#bounds.linkBytesMax} bytes unread`;
      this.end({ reason: 'slow', message });
    }
  }

  #write(batch: link.StorageBatch, bytes: number): void {
    this.#inFlightBytes += bytes;
    this.#liveness.sent(this.#nowMs());
    this.#stream.write(batch, () => this.#onWritten(bytes));
  }

  #onWritten(bytes: number): void {
    this.#inFlightBytes -= bytes;
    if (this.#blocked) this.#pump();
    if (this.unsentBytes === 0) this.#whenWritten?.();
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
