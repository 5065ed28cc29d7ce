import type { Limits } from '../limits.ts';
import type { HeaderBlock } from './header-block.ts';
import type { Sending, Unsent } from './sending.ts';
import type { Stream } from './stream.ts';
import type { Streams } from './streams.ts';

/** A response that waited when it was last looked at. */
interface Waiting {
  readonly unsent: Unsent;
  readonly sentBytes: number;
  readonly forMs: number;
}

/** In how many steps of `stalledMsMax` streams are looked at, which is dear when there are many. */
const looks = 4;

/** How long a connection's client is waited for: to go on with its headers, to make room, to ask for anything at all. */
export class Patience {
  readonly #limits: Limits;
  #block: HeaderBlock | undefined;
  #headersMs = 0;
  #lastServed = 0;
  #idleMs = 0;
  #progress = 0;
  #stalledMs = 0;
  #sinceLookMs = 0;
  #waiting: Map<Stream, Waiting> | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Time has passed. Answers what it lasts too long with. */
  pass(
    ms: number,
    streams: Streams,
    sending: Sending,
    begun: HeaderBlock | undefined,
  ): 'slow-headers' | 'stalled-connection' | 'idle' | undefined {
    this.#headersMs = begun !== undefined && begun === this.#block ? this.#headersMs + ms : 0;
    this.#block = begun;
    if (this.#headersMs > this.#limits.headersMsMax) return 'slow-headers';
    const isStalled = sending.isHeldUp && sending.progress === this.#progress;
    this.#stalledMs = isStalled ? this.#stalledMs + ms : 0;
    this.#progress = sending.progress;
    if (this.#stalledMs > this.#limits.stalledMsMax) return 'stalled-connection';
    const isIdle = streams.size === 0 && streams.lastServed === this.#lastServed;
    this.#idleMs = isIdle ? this.#idleMs + ms : 0;
    this.#lastServed = streams.lastServed;
    return this.#idleMs > this.#limits.idleMsMax ? 'idle' : undefined;
  }

  /** Time has passed. Answers the streams that had no window for too long. */
  stalledStreams(ms: number, streams: Streams): readonly Stream[] {
    this.#sinceLookMs += ms;
    if (this.#sinceLookMs < this.#limits.stalledMsMax / looks) return none;
    const stalled: Stream[] = [];
    const waiting = new Map<Stream, Waiting>();
    for (const stream of streams.all()) {
      const { unsent } = stream;
      if (unsent === undefined || stream.window > 0) continue;
      const before = this.#waiting?.get(stream);
      const isSame = before?.unsent === unsent && before.sentBytes === unsent.sentBytes;
      const forMs = isSame ? before.forMs + this.#sinceLookMs : 0;
      if (forMs > this.#limits.stalledMsMax) stalled.push(stream);
      else waiting.set(stream, { unsent, sentBytes: unsent.sentBytes, forMs });
    }
    this.#waiting = waiting.size > 0 ? waiting : undefined;
    this.#sinceLookMs = 0;
    return stalled;
  }
}

const none: readonly Stream[] = [];
