import { type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import { link, type topo } from '../../proto/index.ts';
import { type Clock, Liveness, type Logger } from '../../runtime/index.ts';
import type { RouterBounds } from '../config.ts';

/** Who this router is, as it tells storage nodes. */
export interface Identity {
  readonly cluster: string;
  readonly router: string;
  readonly incarnation: string;
}

/** What those who send over a link need of it. */
export type LinkPort = Pick<
  Link,
  'member' | 'state' | 'full' | 'publish' | 'interest' | 'withdraw' | 'replay'
>;

/** What a link reports. All calls are made from the link's own turn, in the order things happened. */
export interface LinkEvents {
  /** The stream is up and the storage node has said who it is. */
  opened(link: Link): void;
  /** The stream is gone: what was asked on it and not answered never will be. A new try is on its way. */
  broke(link: Link, reason: string): void;
  /** The storage node holds another topology than before. */
  versionChanged(link: Link): void;
  received(link: Link, batch: link.StorageBatch): void;
}

/**
 * connecting: a stream is asked for, the welcome isn't here yet. open: it is. waiting: the last try failed, the
 * next one starts after a pause. closed: for good.
 */
export type LinkState = 'connecting' | 'open' | 'waiting' | 'closed';

type Stream = ClientDuplexStream<link.RouterBatch, link.StorageBatch>;

const CHECK_MS = 100;
const RETRY_MS_MIN = 20;
/** So many failed tries are worth a line in the log; a node that starts costs a few. */
const FAILURES_TOLD = 10;
/** A batch larger than this doesn't wait for the end of the turn. */
const BATCH_BYTES_MAX = 1024 * 1024;
/** The largest batch a peer may send: a replay of a whole history. */
const RECEIVED_BYTES_MAX = 128 * 1024 * 1024;

/** The long-lived stream to one storage node; it reopens itself until `close`. */
export class Link {
  readonly member: string;
  readonly address: string;
  readonly #identity: Identity;
  readonly #events: LinkEvents;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #bounds: RouterBounds;
  #state: LinkState = 'connecting';
  #client: link.LinkServiceClient | undefined;
  #stream: Stream | undefined;
  #batch: link.RouterBatch = emptyBatch();
  #batchBytes = 0;
  #flushing = false;
  #unsentBytes = 0;
  #retryMs = RETRY_MS_MIN;
  /** Tries since the link was last open. */
  #failures = 0;
  #liveness: Liveness | undefined;
  /** Interests of this turn, by feed: one that is withdrawn before it was sent never was. */
  #interests = new Map<number, link.Interest>();
  #cancelTimer: () => void = () => {};
  #peerVersion: topo.Version | undefined;

  constructor(
    member: { readonly name: string; readonly address: string },
    identity: Identity,
    events: LinkEvents,
    options: { readonly clock: Clock; readonly log: Logger; readonly bounds: RouterBounds },
  ) {
    this.member = member.name;
    this.address = member.address;
    this.#identity = identity;
    this.#events = events;
    this.#clock = options.clock;
    this.#log = options.log.child({ link: member.name, address: member.address });
    this.#bounds = options.bounds;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The topology version the storage node last said it holds. */
  get peerVersion(): topo.Version | undefined {
    return this.#peerVersion;
  }

  /** True when more publishes would make this router hold too much for a peer that doesn't read. */
  get full(): boolean {
    return this.#unsentBytes + this.#batchBytes >= this.#bounds.linkBytesMax;
  }

  connect(): void {
    this.#state = 'connecting';
    const client = new link.LinkServiceClient(this.address, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': RECEIVED_BYTES_MAX,
      'grpc.max_send_message_length': -1,
      'grpc.enable_retries': 0,
      'grpc.enable_http_proxy': 0,
    });
    const stream = client.open();
    this.#client = client;
    this.#stream = stream;
    this.#batch = emptyBatch();
    this.#batchBytes = 0;
    this.#unsentBytes = 0;
    this.#interests.clear();
    this.#liveness = new Liveness(this.#bounds, CHECK_MS, this.#clock.monotonicMs());
    stream.on('data', (batch: link.StorageBatch) => this.#receive(stream, batch));
    stream.on('error', (error: Error) => this.#break(stream, error.message));
    stream.on('end', () => this.#break(stream, 'the storage node ended the link'));
    this.#batch.hello = this.#identity;
    this.#flush();
    this.#cancelTimer = this.#clock.every(CHECK_MS, () => this.#check(stream));
  }

  /** The next four add to the batch of this turn. Only while `open`. */
  publish(publish: link.Publish): void {
    this.#batch.publishes.push(publish);
    this.#added(publish.payload.length + publish.topic.length);
  }

  interest(interest: link.Interest): void {
    this.#interests.set(interest.feed, interest);
    this.#added(interest.topic.length);
  }

  withdraw(feed: number): void {
    if (this.#interests.delete(feed)) return;
    this.#batch.withdrawals.push(feed);
    this.#added(0);
  }

  replay(replay: link.Replay): void {
    this.#batch.replays.push(replay);
    this.#added(replay.topic.length);
  }

  /** This router begins to move its clients elsewhere. */
  leaving(): void {
    this.#batch.leaving = true;
    this.#added(0);
  }

  /** Ends the link for good; `broke` is not reported. */
  close(): void {
    this.#state = 'closed';
    this.#drop();
  }

  #added(bytes: number): void {
    this.#batchBytes += bytes + 16;
    if (this.#batchBytes >= BATCH_BYTES_MAX) return this.#flush();
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      if (this.#batchBytes > 0) this.#flush();
    });
  }

  #flush(): void {
    const stream = this.#stream;
    if (!stream) return;
    const batch = this.#batch;
    const bytes = this.#batchBytes;
    batch.interests = [...this.#interests.values()];
    this.#interests.clear();
    this.#batch = emptyBatch();
    this.#batchBytes = 0;
    this.#unsentBytes += bytes;
    this.#liveness?.sent(this.#clock.monotonicMs());
    stream.write(batch, () => {
      if (stream === this.#stream) this.#unsentBytes -= bytes;
    });
  }

  #receive(stream: Stream, batch: link.StorageBatch): void {
    if (stream !== this.#stream) return;
    this.#liveness?.heard(this.#clock.monotonicMs());
    if (batch.version) this.#peerVersion = batch.version;
    if (batch.welcome) {
      this.#state = 'open';
      this.#retryMs = RETRY_MS_MIN;
      this.#failures = 0;
      this.#log.info({ incarnation: batch.welcome.incarnation }, 'link open');
    }
    // A batch tells of refusals that came before the version it carries: these are to be tried again.
    this.#events.received(this, batch);
    if (batch.welcome) this.#events.opened(this);
    else if (batch.version) this.#events.versionChanged(this);
  }

  #check(stream: Stream): void {
    if (stream !== this.#stream) return;
    switch (this.#liveness?.tick(this.#clock.monotonicMs())) {
      case 'dead':
        return this.#break(stream, `silent for more than ${this.#bounds.linkSilenceMsMax} ms`);
      case 'heartbeat':
        return this.#flush();
      case 'quiet':
      case undefined:
        return;
    }
  }

  #break(stream: Stream, reason: string): void {
    if (stream !== this.#stream) return;
    const wasOpen = this.#state === 'open';
    this.#drop();
    this.#state = 'waiting';
    if (wasOpen) this.#log.warn({ reason }, 'link broke');
    else if (++this.#failures === FAILURES_TOLD) this.#log.warn({ reason }, 'link does not open');
    this.#cancelTimer = this.#clock.after(this.#retryMs, () => this.connect());
    this.#retryMs = Math.min(this.#retryMs * 2, this.#bounds.linkRetryMsMax);
    if (wasOpen) this.#events.broke(this, reason);
  }

  #drop(): void {
    this.#cancelTimer();
    const stream = this.#stream;
    this.#stream = undefined;
    this.#peerVersion = undefined;
    stream?.cancel();
    this.#client?.close();
    this.#client = undefined;
  }
}

function emptyBatch(): link.RouterBatch {
  return {
    hello: undefined,
    withdrawals: [],
    interests: [],
    publishes: [],
    replays: [],
    leaving: false,
  };
}
