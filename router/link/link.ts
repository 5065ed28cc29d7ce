import type { link, topo } from '../../proto/index.ts';
import { type Clock, Liveness, type Logger } from '../../runtime/index.ts';
import type { RouterBounds } from '../config.ts';
import { emptyBatch, handoffBytes } from './batch.ts';
import type { Dial, LinkStream } from './stream.ts';

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

/** What the carrier of handoffs needs of a link. */
export type CarryPort = Pick<Link, 'member' | 'state' | 'halfFull' | 'handoff' | 'handoffResult'>;

/** What is needed to bring topologies over a link. */
export type SpreadPort = Pick<
  Link,
  'member' | 'state' | 'peer' | 'peerVersion' | 'giveTopology' | 'askTopology'
>;

export interface LinkOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly bounds: RouterBounds;
  readonly dial: Dial;
}

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
 * next one starts after a pause. lingering: the topology no longer names the peer; nothing new is asked, what was asked
 * is still answered. closed: for good.
 */
export type LinkState = 'connecting' | 'open' | 'waiting' | 'lingering' | 'closed';

const CHECK_MS = 100;
const RETRY_MS_MIN = 20;
/** So many failed tries are worth a line in the log; a node that starts costs a few. */
const FAILURES_TOLD = 10;
/** A batch larger than this doesn't wait for the end of the turn. */
const BATCH_BYTES_MAX = 1024 * 1024;
/** What a member or a cache is taken to cost in a topology. */
const TOPOLOGY_ENTRY_BYTES = 64;
/** While this router leaves, new interest is marked at once, more of it at most this often: each costs a pass over all. */
const MARK_MS = 100;

/** The long-lived stream to one storage node; it reopens itself until `close`. */
export class Link {
  readonly member: string;
  readonly address: string;
  readonly #identity: Identity;
  readonly #events: LinkEvents;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #bounds: RouterBounds;
  readonly #dial: Dial;
  #state: LinkState = 'connecting';
  #stream: LinkStream | undefined;
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
  #peer: link.Welcome | undefined;
  /** This router moves all its clients elsewhere. */
  #leaving = false;
  /** It moved some while this link wasn't open: said with the first interest. */
  #shedding = false;
  /** When interest of a leaving router was last marked, and whether some isn't yet. */
  #markedMs = Number.NEGATIVE_INFINITY;
  #unmarked = false;

  constructor(
    member: { readonly name: string; readonly address: string },
    identity: Identity,
    events: LinkEvents,
    options: LinkOptions,
  ) {
    this.member = member.name;
    this.address = member.address;
    this.#identity = identity;
    this.#events = events;
    this.#clock = options.clock;
    this.#log = options.log.child({ link: member.name, address: member.address });
    this.#bounds = options.bounds;
    this.#dial = options.dial;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The topology version the storage node last said it holds. */
  get peerVersion(): topo.Version | undefined {
    return this.#peerVersion;
  }

  /** Who answers at the other end, since the link is open. */
  get peer(): link.Welcome | undefined {
    return this.#peer;
  }

  /** It is open, and its silence isn't longer than it may be: a process that stood still looks at its links too late. */
  get heard(): boolean {
    if (this.#state !== 'open' || !this.#liveness) return false;
    return this.#clock.monotonicMs() - this.#liveness.heardMs < this.#bounds.linkSilenceMsMax;
  }

  /** True when more publishes would make this router hold too much for a peer that doesn't read. */
  get full(): boolean {
    return this.#unsentBytes + this.#batchBytes >= this.#bounds.linkBytesMax;
  }

  /** True when handoffs have to wait: they may be sent again through any router, publishes need the rest. */
  get halfFull(): boolean {
    return this.#unsentBytes + this.#batchBytes >= this.#bounds.linkBytesMax / 2;
  }

  connect(): void {
    this.#state = 'connecting';
    const stream = this.#dial(this.address);
    this.#stream = stream;
    this.#batch = emptyBatch();
    this.#batchBytes = 0;
    this.#unsentBytes = 0;
    this.#interests.clear();
    this.#liveness = new Liveness(this.#bounds, CHECK_MS, this.#clock.monotonicMs());
    this.#cancelTimer = this.#clock.every(CHECK_MS, () => this.#check(stream));
    stream.onBatch((batch) => this.#receive(stream, batch));
    stream.onEnd((reason) => this.#break(stream, reason));
    this.#batch.hello = this.#identity;
    this.#flush();
  }

  /** The next eight add to the batch of this turn. Only while `open`; a withdrawal also while `lingering`. */
  publish(publish: link.Publish): void {
    this.#batch.publishes.push(publish);
    this.#added(publish.payload.length + publish.topic.length);
  }

  interest(interest: link.Interest): void {
    this.#interests.set(interest.feed, interest);
    if (this.#leaving) this.#mark();
    if (this.#shedding) this.#batch.leaving = true;
    this.#shedding = false;
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

  handoff(handoff: link.Handoff): void {
    this.#batch.handoffs.push(handoff);
    this.#added(handoffBytes(handoff));
  }

  handoffResult(result: link.HandoffResult): void {
    this.#batch.handoffResults.push(result);
    this.#added(0);
  }

  /** What this router holds, for a storage node that stayed behind. */
  giveTopology(topology: topo.Topology): void {
    this.#batch.topology = topology;
    this.#added(TOPOLOGY_ENTRY_BYTES * (topology.storage.length + topology.caches.length));
  }

  /** The storage node is to send what it holds. */
  askTopology(): void {
    this.#batch.asksTopology = true;
    this.#added(0);
  }

  /**
   * This router moves all its clients elsewhere, for good. Clients of topics that come to this storage node from now on, by
   * a move, are no better off than the others: interest in them says so too.
   */
  leaving(): void {
    this.#leaving = true;
    if (this.#state === 'open') this.#sayLeaving();
  }

  /** This router moves some clients elsewhere: the interest there is now is marked. Each time costs a pass over all. */
  shedding(): void {
    if (this.#state === 'open') this.#sayLeaving();
    else this.#shedding = true;
  }

  /** The topology no longer names the peer. Only while `open`; ends when the stream does, or with `close`. */
  linger(): void {
    this.#state = 'lingering';
  }

  /** Ends the link for good; `broke` is not reported. */
  close(): void {
    this.#state = 'closed';
    this.#drop();
  }

  #sayLeaving(): void {
    this.#batch.leaving = true;
    this.#added(0);
  }

  /** Handled after the interests of its batch. */
  #mark(): void {
    if (this.#batch.leaving) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#markedMs < MARK_MS) {
      this.#unmarked = true;
      return;
    }
    this.#markedMs = nowMs;
    this.#batch.leaving = true;
  }

  #added(bytes: number): void {
    this.#batchBytes += bytes + 16;
    if (this.#batchBytes >= BATCH_BYTES_MAX) return this.#flush();
    if (this.#flushing) return;
    this.#flushing = true;
    this.#clock.turn(() => {
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

  #receive(stream: LinkStream, batch: link.StorageBatch): void {
    if (stream !== this.#stream) return;
    this.#liveness?.heard(this.#clock.monotonicMs());
    if (batch.version) this.#peerVersion = batch.version;
    if (batch.welcome) {
      this.#state = 'open';
      this.#peer = batch.welcome;
      this.#retryMs = RETRY_MS_MIN;
      this.#failures = 0;
      this.#log.info({ incarnation: batch.welcome.incarnation }, 'link open');
    }
    // A batch tells of refusals that came before the version it carries: these are to be tried again.
    this.#events.received(this, batch);
    if (batch.welcome) this.#events.opened(this);
    else if (batch.version) this.#events.versionChanged(this);
  }

  #check(stream: LinkStream): void {
    if (stream !== this.#stream) return;
    if (this.#unmarked && this.#state === 'open') this.#sayLeaving();
    this.#unmarked = false;
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

  #break(stream: LinkStream, reason: string): void {
    if (stream !== this.#stream) return;
    const before = this.#state;
    this.#drop();
    if (before === 'lingering') {
      this.#state = 'closed';
      return this.#events.broke(this, reason);
    }
    const wasOpen = before === 'open';
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
    this.#peer = undefined;
    stream?.cancel();
  }
}
