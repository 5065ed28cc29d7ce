import { defaultLimits, type Limits } from '../../h2/index.ts';

/** The bounds of the edge, and of HTTP/2 below it. Every queue and every wait has one; units come last. */
export interface EdgeConfig extends Limits {
  /** Client sockets; further ones are closed at once. Default 20,000; about 30 KB each. */
  readonly connectionsMax: number;
  /**
   * Client sockets from one IP address; further ones are closed at once. Default 20,000, which is all of them: behind a load
   * balancer or a gateway that hides addresses, thousands of clients have one. Where clients come with their own, some hundred
   * are plenty.
   */
  readonly connectionsPerAddressMax: number;
  /** Open calls of all connections; further ones are answered UNAVAILABLE. Default 250,000. */
  readonly exchangesMax: number;
  /** Header fields of one HTTP/1 request. Default 100. */
  readonly http1HeadersMax: number;
  /** The headers of an HTTP/1 request are complete this long after its first byte, at most twice that. Default 10 s. */
  readonly http1HeadersMsMax: number;
  /** An HTTP/1 connection without a request is closed after this time. Default 75 s: above the 60 s of load balancers. */
  readonly http1IdleMsMax: number;
  /** Requests in line on one HTTP/1 connection; the next one ends it. Default 16; browsers send one at a time. */
  readonly http1PipelinedMax: number;
  /** After an early answer the rest of an HTTP/1 request is read, and passed over, for this long. Default 1 s. */
  readonly http1LingerMsMax: number;
  /** A long poll that hears nothing is answered without items after this time. Default 30 s: below the 60 s of proxies. */
  readonly pollWaitMsMax: number;
  /** Items of one answer to a long poll; the last may go over it. Default 1 MiB. */
  readonly pollBytesMax: number;
  /** When a client of Server-Sent Events comes back after its stream ended. Default 500 ms, as the SDKs. */
  readonly eventsRetryMs: number;
  /** Origins of pages that may call: `https://host`, as browsers send them. Default: any. */
  readonly corsOrigins: readonly string[] | 'any';
  /** How long browsers need not ask again. Default 7,200, the longest that all of them keep to. */
  readonly corsMaxAgeSeconds: number;
  /** A socket says what it speaks within this time, its TLS handshake included, or is closed. Default 10 s. */
  readonly prefaceMsMax: number;
  /** The files of the TLS certificate are compared this often. Default 10 s. */
  readonly certificateCheckMs: number;
  /** A request is complete this long after its headers or is refused. Default 30 s. */
  readonly requestMsMax: number;
  /** What a request may need beyond its payload: names and field tags. Default 4 KiB. */
  readonly requestOverheadBytesMax: number;
  /** Requests up to this size are read without asking the service for its bound; it checks them itself. Default 64 KiB. */
  readonly smallRequestBytesMax: number;
  /** Requests of which a part has arrived, all connections together. Default 256 MiB. */
  readonly incompleteRequestBytesMax: number;
  /** Items of one publish stream that are not acknowledged; no more is read of it until half of them are. Default 8,192. */
  readonly publishStreamItemsMax: number;
  /** Their payloads. Default 4 MiB. */
  readonly publishStreamBytesMax: number;
  /** From one look at the health to the next, for those who watch it. Default 1 s. */
  readonly healthWatchMs: number;
  /** Questions on one stream of server reflection. Default 1,000. */
  readonly reflectionRequestsMax: number;
  /** The payload bound while the service names no cache. Default 1 MiB. */
  readonly messageBytesMaxDefault: number;
  /**
   * A Subscribe that carries a grpc-timeout is ended with OK this long before it, at most half of it. Default 1 s: more
   * than a round trip and than a busy client takes to read it, less than the SDKs' 5 s.
   */
  readonly streamEndMarginMs: number;
  /** How long a position is kept for a client that comes back without one. Default 10 s. */
  readonly resumeMemoryMs: number;
  /** Such positions per connection; the oldest goes first. Default 1,000. */
  readonly resumeMemoriesPerConnectionMax: number;
  /** Topics of which clients were sent away that can't say where they were; each kept for `resumeMemoryMs`. Default 100,000. */
  readonly departuresMax: number;
  /** Idle time before TCP probes a client that may be gone. Default 30 s. */
  readonly tcpKeepAliveMs: number;
  /** Resolution of all deadlines. Default 25 ms. */
  readonly deadlineTickMs: number;
  /** Interval of the steps in which clients are moved. Default 50 ms. */
  readonly drainStepMs: number;
  /** The end of a drain that is kept free for the last answers to leave. Default 1 s, at most a quarter of the drain. */
  readonly drainTailMs: number;
}

export const defaultEdgeConfig: EdgeConfig = {
  ...defaultLimits,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 20_000,
  exchangesMax: 250_000,
  http1HeadersMax: 100,
  http1HeadersMsMax: 10_000,
  http1IdleMsMax: 75_000,
  http1PipelinedMax: 16,
  http1LingerMsMax: 1_000,
  pollWaitMsMax: 30_000,
  pollBytesMax: 1024 * 1024,
  eventsRetryMs: 500,
  corsOrigins: 'any',
  corsMaxAgeSeconds: 7_200,
  prefaceMsMax: 10_000,
  certificateCheckMs: 10_000,
  requestMsMax: 30_000,
  requestOverheadBytesMax: 4 * 1024,
  smallRequestBytesMax: 64 * 1024,
  incompleteRequestBytesMax: 256 * 1024 * 1024,
  publishStreamItemsMax: 8_192,
  publishStreamBytesMax: 4 * 1024 * 1024,
  healthWatchMs: 1_000,
  reflectionRequestsMax: 1_000,
  messageBytesMaxDefault: 1024 * 1024,
  streamEndMarginMs: 1_000,
  resumeMemoryMs: 10_000,
  resumeMemoriesPerConnectionMax: 1_000,
  departuresMax: 100_000,
  tcpKeepAliveMs: 30_000,
  deadlineTickMs: 25,
  drainStepMs: 50,
  drainTailMs: 1_000,
};
