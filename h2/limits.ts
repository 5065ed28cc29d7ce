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
  /** Beyond two for each DATA frame and one for each KiB of it, which some clients may well send. Default 10,000. */
  readonly windowUpdatesPerSecondMax: number;
  /** Default 100; of use to nobody any more, but some browsers send a few. */
  readonly prioritiesPerSecondMax: number;
  /** Default 100; extensions, and what clients send so that servers learn to ignore it. */
  readonly unknownFramesPerSecondMax: number;
  /** The seconds over which all of these are averages: so many at once are what so many seconds allow. Default 10 s. */
  readonly conductMs: number;
}

/** The bounds of a server. Every queue and every wait has one; units come last. */
export interface Limits extends ConductLimits {
  /**
   * SETTINGS_MAX_CONCURRENT_STREAMS; further ones are refused as not processed. Default 10,000. Well above 100: some
   * clients count to 100 on their side, and their count drifts, so more than that arrive.
   */
  readonly exchangesPerConnectionMax: number;
  /** Headers of one request, as HTTP/2 counts them; larger ones reset their stream. Default 16 KiB. */
  readonly headerListBytesMax: number;
  /** The same as it is on the wire, over all its frames; a larger one ends the connection. Default 32 KiB. */
  readonly headerBlockBytesMax: number;
  /** CONTINUATION frames of one header block; more end the connection. Default 16: 32 KiB in pieces of 2 KiB. */
  readonly continuationsPerBlockMax: number;
  /** A header block is complete this long after its first frame, or the connection is ended. Default 10 s. */
  readonly headersMsMax: number;
  /** What a client's encoder may remember of headers. Default 4 KiB, which is also the least. */
  readonly headerTableBytesMax: number;
  /** Flow-control window of one request's body. Default 256 KiB. */
  readonly receiveWindowBytes: number;
  /** Flow-control window of everything a connection sends, and the most that is held for paused handlers. Default 1 MiB. */
  readonly connectionWindowBytes: number;
  /**
   * What may wait for a client that doesn't read, beside the bodies of responses: answers to its PINGs, SETTINGS and
   * requests. A client over it is cut. Default 256 KiB.
   */
  readonly unsentBytesMax: number;
  /**
   * What waits for clients that don't read, and in front of handlers that don't, on all connections together; shared bytes
   * count for each who waits for them. Over it, those with the most are ended. Default 1 GiB.
   */
  readonly unreadBytesMax: number;
  /**
   * A response of which nothing could be sent for so long, for want of window, is reset; a connection of which nothing could
   * be sent, for want of window or because the socket takes nothing, is ended. Default 10 min: a client may well pause, and
   * one that has gone is found by `pingIntervalMs`.
   */
  readonly stalledMsMax: number;
  /** A connection without an exchange for so long is ended in peace. Default 1 h: a publisher may be quiet for long. */
  readonly idleMsMax: number;
  /** A client is asked this often whether it is there; one that says nothing from one time to the next is cut. Default 30 s. */
  readonly pingIntervalMs: number;
  /** How long a client may take to confirm that it heard of the connection's end. Default 1 s, more than a round trip. */
  readonly goawayMsMax: number;
  /**
   * How long a client may take to hang up after the last word was said to it. Default 2 s. Before, it has `pingIntervalMs` to
   * read what was sent, unless it is ended for a mistake.
   */
  readonly lingerMsMax: number;
  /** How often all of these times are looked at. Default 250 ms. */
  readonly sweepMs: number;
}

export const defaultLimits: Limits = {
  exchangesPerConnectionMax: 10_000,
  headerListBytesMax: 16 * 1024,
  headerBlockBytesMax: 32 * 1024,
  continuationsPerBlockMax: 16,
  headersMsMax: 10_000,
  headerTableBytesMax: 4_096,
  receiveWindowBytes: 256 * 1024,
  connectionWindowBytes: 1024 * 1024,
  unsentBytesMax: 256 * 1024,
  unreadBytesMax: 1024 * 1024 * 1024,
  stalledMsMax: 600_000,
  idleMsMax: 3_600_000,
  pingIntervalMs: 30_000,
  goawayMsMax: 1_000,
  lingerMsMax: 2_000,
  sweepMs: 250,
  resetsPerSecondMax: 2_000,
  settingsPerSecondMax: 10,
  pingsPerSecondMax: 10_000,
  emptyDataPerSecondMax: 100,
  windowUpdatesPerSecondMax: 10_000,
  prioritiesPerSecondMax: 100,
  unknownFramesPerSecondMax: 100,
  conductMs: 10_000,
};

/** A limit that a client reached, for whoever counts that. */
export type LimitHit =
  /** Of `ConductLimits`; ends the connection, as do all but those that say otherwise. */
  | Nuisance
  /** Refuses one request. */
  | 'streams'
  /** Refuses one request. */
  | 'header-list'
  | 'header-block'
  | 'continuations'
  | 'slow-headers'
  /** Resets one stream. */
  | 'stalled-stream'
  | 'stalled-connection'
  | 'unsent'
  | 'unread'
  /** In peace. */
  | 'idle';
