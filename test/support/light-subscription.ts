import type {
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
} from 'node:http2';
import { status } from '@grpc/grpc-js';
import { pubsub } from '../../proto/index.ts';
import { frame } from './bare-call.ts';
import type { Notice, Position } from './oracle/index.ts';
import { idOfItem, topicKey } from './payload.ts';
import { type Arrivals, Standing, type Watch } from './watch.ts';

const resumeDelayMs = 200;
/** Statuses after which an SDK gives a subscription up. */
const finalStatuses: readonly number[] = [
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.NOT_FOUND,
  status.CANCELLED,
];
const prefixBytes = 5;

/**
 * How a stream was over for its client, without its own doing:
 * - `ok`: ended with status OK
 * - `status`: ended with another status, `code`
 * - `reset`: RST_STREAM, with `code` of RFC 9113 section 7
 * - `cut`: the connection went away under it
 */
export interface StreamEnd {
  readonly how: 'ok' | 'status' | 'reset' | 'cut';
  readonly code: number;
  /** The server had said GOAWAY on the connection. */
  readonly afterGoaway: boolean;
  /** On the monotonic clock. */
  readonly atMs: number;
}

/** What a subscription needs of its client. */
export interface Opener {
  /** @throws Error when the client can't open a stream now. */
  stream(headers: OutgoingHttpHeaders): {
    readonly stream: ClientHttp2Stream;
    /** Whether GOAWAY came on the stream's connection. */
    readonly wasToldToGo: () => boolean;
    /** Whether that connection is gone. */
    readonly wasCut: () => boolean;
  };
  ended(end: StreamEnd): void;
}

/** One subscription of a `LightClient`: everything is told to the oracle, and it comes back as an SDK would. */
export class LightSubscription {
  readonly name: string;
  readonly notices: Notice[] = [];
  items = 0;
  /** Streams that were opened so far: 1, and one more each time it came back. */
  streams = 0;
  /** It was ended with a status after which SDKs don't come back. */
  isDead = false;
  /** Resolves at the first message. */
  readonly attached: Promise<void>;
  readonly #target: { readonly cacheName: string; readonly topic: string };
  readonly #watch: Watch;
  readonly #arrivals: Arrivals;
  readonly #opener: Opener;
  readonly #standing = new Standing();
  #attach: () => void = () => {};
  #stream: ClientHttp2Stream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    target: { readonly cacheName: string; readonly topic: string },
    watch: Watch,
    arrivals: Arrivals,
    opener: Opener,
  ) {
    this.#target = target;
    this.#watch = watch;
    this.#arrivals = arrivals;
    this.#opener = opener;
    this.name = watch.name(`${target.topic} light`);
    this.attached = new Promise((resolve) => {
      this.#attach = resolve;
    });
    this.#open();
  }

  get held(): Position | undefined {
    return this.#standing.held;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#watch.oracle.subscriptionClosed(this.name);
    this.#stream?.close();
  }

  #open(): void {
    const { oracle } = this.#watch;
    const { cacheName, topic } = this.#target;
    const asked = this.#standing.wanted;
    const name = `${this.name}/${++this.streams}`;
    oracle.streamOpened(name, this.name, topicKey(cacheName, topic), asked);
    const { stream, wasToldToGo, wasCut } = this.#opener.stream({
      ':method': 'POST',
      ':path': '/cache_client.pubsub.Pubsub/Subscribe',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    this.#stream = stream;
    const heads: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
    stream.on('response', (headers) => Object.assign(heads, headers));
    stream.on('trailers', (headers) => Object.assign(heads, headers));
    let rest: Buffer = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      while (rest.length >= prefixBytes) {
        const end = prefixBytes + rest.readUInt32BE(1);
        if (rest.length < end) break;
        this.#take(name, pubsub.SubscriptionItem.decode(rest.subarray(prefixBytes, end)));
        rest = rest.subarray(end);
      }
    });
    // The end tells.
    stream.on('error', () => {});
    stream.on('close', () => {
      if (stream !== this.#stream || this.#closed) return;
      this.#stream = undefined;
      oracle.streamEnded(name);
      const { how, code } = endOf(heads['grpc-status'], wasCut() ? undefined : stream.rstCode);
      const atMs = performance.now();
      this.#opener.ended({ how, code, afterGoaway: wasToldToGo(), atMs });
      this.isDead = how === 'status' && finalStatuses.includes(code);
      if (this.isDead) return;
      this.#timer = setTimeout(() => this.#open(), how === 'ok' ? 0 : resumeDelayMs);
    });
    stream.end(
      frame(
        pubsub.SubscriptionRequest.encode({
          ...this.#target,
          resumeAtTopicSequenceNumber: asked?.sequence ?? 0,
          sequencePage: asked?.page ?? 0,
        }).finish(),
      ),
    );
  }

  #take(stream: string, { kind }: pubsub.SubscriptionItem): void {
    if (this.#closed) return;
    const { oracle } = this.#watch;
    oracle.attached(stream);
    this.#attach();
    const nowMs = performance.now();
    this.#arrivals.message?.(nowMs);
    if (kind?.$case === 'item') {
      const position = { page: kind.value.sequencePage, sequence: kind.value.topicSequenceNumber };
      const id = idOfItem(kind.value);
      this.#standing.hold(position);
      this.items++;
      oracle.item(stream, position, id);
      this.#arrivals.item?.(id, nowMs, position);
    }
    if (kind?.$case === 'discontinuity') {
      const { lastTopicSequence, newTopicSequence, newSequencePage } = kind.value;
      const notice = { last: lastTopicSequence, next: newTopicSequence, page: newSequencePage };
      this.#standing.hold({ page: notice.page, sequence: notice.next });
      this.notices.push(notice);
      oracle.discontinuity(stream, notice);
    }
  }
}

function endOf(
  grpcStatus: string | readonly string[] | undefined,
  rstCode: number | undefined,
): Pick<StreamEnd, 'how' | 'code'> {
  if (grpcStatus !== undefined) {
    const code = Number(grpcStatus);
    return { how: code === status.OK ? 'ok' : 'status', code };
  }
  return rstCode ? { how: 'reset', code: rstCode } : { how: 'cut', code: 0 };
}
