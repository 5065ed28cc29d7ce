import type { Socket } from 'node:net';
import type { LimitHit } from './limits.ts';

/**
 * What the edge asks of an HTTP/2 server, and what it hears from it. Everything above this file (gRPC and whatever
 * protocol comes beside it) is written against these types only, so that the engine below can be replaced.
 *
 * An exchange is one request and its response on one stream. It is `open` until `ExchangeHandler.closed`:
 *
 *   receiving     the request's body arrives: `data`*, then `requestEnded`
 *   responding    after `respond`: `write`* with back-pressure; may overlap with receiving
 *   ended         after `end`: what was written is flushed, then the trailers; the rest of the request is discarded
 *   closed        `closed` was called, exactly once, whoever ended it; the exchange does nothing from here on
 */

/** Names in lower case; `:status` is a number. */
export type Headers = Readonly<Record<string, string | number>>;

/** What the peer reads as the cause of a reset. */
export type ResetCause =
  /** Nothing was processed: safe to send again. */
  | 'refused'
  /** The request broke the protocol. */
  | 'protocol'
  | 'internal';

export interface Connection {
  /** Unique in this process. */
  readonly id: number;
  /** address:port of the client, for logs. */
  readonly remote: string;
  /** Exchanges that are open. */
  readonly exchanges: number;
  /**
   * Tells the client to open nothing more here. What is open goes on; the connection closes itself, cleanly, when
   * its last exchange is closed. An exchange that the client opens before it has heard of it may still come, and is as
   * any other; or it is refused as not processed.
   */
  goaway(): void;
  /** Cuts the connection now, whatever is open. The client sees a lost connection. */
  close(): void;
}

export interface Exchange {
  readonly connection: Connection;
  readonly method: string;
  readonly path: string;
  /** One request header, name in lower case. Available until the handler's `requestEnded` returned. */
  header(name: string): string | undefined;
  /** Stops `data`; the client is held back by flow control. */
  pause(): void;
  resume(): void;
  /** Sends the response's headers. Once, before the first `write`. */
  respond(headers: Headers): void;
  /**
   * Takes `bytes`, which must not change afterwards. False: taken, but the client is behind; write no more until
   * `drained`. After the exchange was closed nothing is sent and true is returned.
   */
  write(bytes: Uint8Array): boolean;
  /**
   * Ends the response. After `respond`: with `trailers`; when there are none, the body simply ends. Without `respond`:
   * `trailers` is the whole response (it carries `:status` and the rest) and no body follows.
   */
  end(trailers: Headers): void;
  /** Gives the exchange up: the client sees an error of the HTTP layer. */
  reset(cause: ResetCause): void;
}

/** Told by the engine about one exchange. */
export interface ExchangeHandler {
  /** A piece of the request's body, never empty. It may be kept. */
  data(chunk: Uint8Array): void;
  /** The request is complete. Not called when the client gave up before. */
  requestEnded(): void;
  /** The client caught up after a `write` that returned false. */
  drained(): void;
  /** Over, whoever ended it. Always the last call. */
  closed(): void;
}

/** Told by the engine about everything else. */
export interface EngineOwner {
  closed(connection: Connection): void;
  /** A request's headers are here. Must not throw. */
  exchange(exchange: Exchange): ExchangeHandler;
  /** A handler threw. Its connection is ended; it is a mistake of this process, and should be logged. */
  fault?(error: unknown): void;
  /** A client reached a limit, and what that limit says was done. */
  limitHit?(limit: LimitHit): void;
}

export interface Engine {
  /** Takes over a connected socket on which the client is about to say, or has said, the HTTP/2 preface. */
  accept(socket: Socket): void;
  connections(): ReadonlySet<Connection>;
  /** Exchanges that are open on all connections. */
  readonly exchanges: number;
}
