/**
 * What the edge asks of the router, whatever protocol its clients speak, and what the router asks of the edge.
 * The edge decodes and checks the form of requests, owns connections and writes bytes; everything about topics
 * is decided behind this interface.
 */

/** {page, sequence} of one item; both from 1. */
export interface Position {
  readonly page: number;
  readonly sequence: number;
}

/** Why the router refuses a request or ends a subscription. Each edge protocol maps every code to its own status. */
export type RefusalCode =
  /** The topology names no such cache. Final. */
  | 'cache-not-found'
  /** A name or a payload breaks the rules. Final. */
  | 'invalid-argument'
  /** The payload is larger than the cluster takes. Final. */
  | 'message-too-large'
  /** The cache's publishes a second are used up. Try later. */
  | 'publish-rate'
  /** The cache's subscriptions are used up. Try later. */
  | 'subscription-count'
  /** A bound of this router or of the owner is reached; nothing was done. Try later. */
  | 'exhausted'
  /** No owner answered in time, or the link broke before it did: the item may or may not have been taken. */
  | 'unavailable';

export interface Refusal {
  readonly refused: RefusalCode;
  /** What happened, where, and what to do; shown to the client. */
  readonly message: string;
}

export interface TopicName {
  readonly cache: string;
  readonly topic: string;
}

export interface PublishRequest extends TopicName {
  readonly payload: Uint8Array;
  /** The payload is UTF-8 text (already checked by the edge) rather than bytes. */
  readonly text: boolean;
  /** Token id of the publisher's credential, or ''. */
  readonly publisherId: string;
}

/** What became of a publish: where the owner put it, or why it is not there. */
export type PublishAnswered = (outcome: Position | Refusal) => void;

/** Where a subscription starts. */
export type StartAt =
  | { readonly from: 'now' }
  /** Some time ago, when no owner could say where that was: what came since is announced as missing. */
  | { readonly from: 'unknown' }
  /** At the first item after `position`, which this router itself reported by `Subscription.position`. */
  | { readonly from: 'after'; readonly position: Position }
  /** At `sequence` (inclusive) of `page`; page 0: of whichever page is current. */
  | { readonly from: 'sequence'; readonly sequence: number; readonly page: number };

/** Encoded messages for subscribers, shared by all of them: a notice, or consecutive items of one topic. */
export interface Frame {
  /**
   * One or more `cache_client.pubsub._SubscriptionItem`, each after 5 bytes of gRPC prefix (flag 0, length). Never
   * changed once made.
   */
  readonly bytes: Uint8Array;
}

/** The edge's end of one subscription. */
export interface Sink {
  /**
   * Takes one frame. False: it was taken, but nothing more is to be written until the edge calls
   * `Subscription.drained`.
   */
  write(frame: Frame): boolean;
  /** The router ends the subscription; nothing follows. `undefined`: cleanly, the client should come back at once. */
  end(refusal: Refusal | undefined): void;
}

/** The router's end of one subscription. */
export interface Subscription {
  /** The sink can take frames again. */
  drained(): void;
  /** The client is gone, or the edge ends the stream. Nothing is written to the sink from here on. */
  close(): void;
  /** The last item (or discontinuity) handed to the sink, or where it started; undefined: not known yet. */
  position(): Position | undefined;
}

export interface CacheInfo {
  readonly name: string;
  /** 0: no limit. */
  readonly publishesPerSecondMax: number;
  readonly subscriptionsMax: number;
  readonly messageBytesMax: number;
}

export interface TopicService {
  /**
   * Answers once, when the owner accepted the item, or with the refusal; a refusal may come before this returns. The
   * payload is not to change before.
   */
  publish(request: PublishRequest, answered: PublishAnswered): void;
  /**
   * Starts a subscription. A refusal is returned at once and the sink is never used. Otherwise the sink gets a
   * heartbeat first, as soon as the position is settled (in any case within a second), then a discontinuity if the
   * wanted start can't be honoured, the replay, and live items.
   */
  subscribe(name: TopicName, start: StartAt, sink: Sink): Subscription | Refusal;
  caches(): readonly CacheInfo[];
}

export function isRefusal(value: object): value is Refusal {
  return 'refused' in value;
}
