import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import {
  defaultLimits,
  type Exchange,
  type ExchangeHandler,
  H2Engine,
  type Headers,
} from '../../h2/index.ts';
import { link } from '../../proto/index.ts';
import { type Clock, type Logger, sleep } from '../../runtime/index.ts';
import { parseAddress } from '../../topology/index.ts';
import type { LinkBounds } from './bounds.ts';
import { ExchangeStream } from './exchange-stream.ts';
import type { RouterStream } from './stream.ts';

/** Beside the heartbeats of the links: closes a connection whose peer's machine is gone. */
const KEEPALIVE_MS = 5000;
/** What a router may send ahead; it is taken as it comes. */
const WINDOW_BYTES = 8 * 1024 * 1024;
/** A router has one stream on a connection; any other client of gRPC may have some. */
const STREAMS_MAX = 16;

const { path } = link.LinkServiceService.open;
const unimplemented: Headers = Object.freeze({
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': status.UNIMPLEMENTED,
  'grpc-message': `only ${path} is served at this address`,
});
const deaf: ExchangeHandler = { data() {}, requestEnded() {}, drained() {}, closed() {} };

/** Serves `LinkService.Open` to routers. */
export class LinkServer {
  readonly #bounds: LinkBounds;
  readonly #clock: Clock;
  readonly #accept: (stream: RouterStream) => void;
  readonly #engine: H2Engine;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #sentBytes = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(
    bounds: LinkBounds,
    { clock, log }: { readonly clock: Clock; readonly log: Logger },
    accept: (stream: RouterStream) => void,
  ) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#accept = accept;
    const limits = {
      ...defaultLimits,
      exchangesPerConnectionMax: STREAMS_MAX,
      receiveWindowBytes: WINDOW_BYTES,
      connectionWindowBytes: WINDOW_BYTES,
      pingIntervalMs: KEEPALIVE_MS,
    };
    const owner = {
      closed: () => {},
      exchange: (exchange: Exchange) => this.#exchange(exchange),
      fault: (error: unknown) => log.error({ error }, 'a link failed inside this storage node'),
    };
    this.#engine = new H2Engine(owner, limits, clock);
  }

  /** Of all batches since the start. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** @param address host:port; port 0: any free one. Returns the port. */
  listen(address: string): Promise<number> {
    const parsed = parseAddress(address);
    if (!parsed) return Promise.reject(new Error(`${JSON.stringify(address)} is not host:port`));
    const server = createServer({ noDelay: true }, (socket) => this.#take(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(parsed.port, parsed.host, () => {
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** To be called when the streams have ended; connections that aren't closed then are cut after `stopMsMax`. */
  async stop(): Promise<void> {
    this.#server?.close();
    for (const connection of this.#engine.connections()) connection.goaway();
    if (this.#sockets.size > 0) {
      const empty = new Promise<void>((resolve) => {
        this.#whenEmpty = resolve;
      });
      await Promise.race([empty, sleep(this.#clock, this.#bounds.stopMsMax)]);
    }
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket): void {
    // A router has one connection, and for a moment two: whoever comes beyond that is none.
    if (this.#sockets.size >= 2 * this.#bounds.linksMax) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#whenEmpty?.();
    });
    this.#engine.accept(socket);
  }

  #exchange(exchange: Exchange): ExchangeHandler {
    if (exchange.path !== path) {
      exchange.end(unimplemented);
      return deaf;
    }
    const stream = new ExchangeStream(exchange, {
      messageBytesMax: this.#bounds.linkMessageBytesMax,
      sent: (bytes) => {
        this.#sentBytes += bytes;
      },
    });
    this.#accept(stream);
    return stream;
  }
}
