import { type ClientHttp2Session, connect } from 'node:http2';
import { LightSubscription, type StreamEnd } from './light-subscription.ts';
import type { Notice } from './oracle/index.ts';
import type { Arrivals, Watch } from './watch.ts';

/** One connection to the cluster; a client opens the next one when it was told to go, or lost it. */
interface Connection {
  readonly session: ClientHttp2Session;
  wasToldToGo: boolean;
}

/**
 * A client on bare HTTP/2 that costs little for each item, so that one process can play hundreds, and that sees what
 * gRPC libraries hide. All its streams share one connection, and its subscriptions come back by themselves.
 */
export class LightClient {
  readonly watch: Watch;
  readonly subscriptions: LightSubscription[] = [];
  /** Of all its streams, but those that it closed itself. */
  readonly ends: StreamEnd[] = [];
  /** Connections opened so far. */
  connections = 0;
  readonly #url: string;
  #current: Connection | undefined;
  #closed = false;

  /** @param endpoint host:port. */
  constructor(endpoint: string, watch: Watch) {
    this.#url = `http://${endpoint}`;
    this.watch = watch;
  }

  /** Opens a subscription from now on; see `LightSubscription.attached` for when it is live. */
  subscribe(cacheName: string, topic: string, arrivals: Arrivals = {}): LightSubscription {
    const open = (): Connection => this.#connection();
    const subscription = new LightSubscription({ cacheName, topic }, this.watch, arrivals, {
      stream: (headers) => {
        const connection = open();
        const stream = connection.session.request(headers);
        return {
          stream,
          wasToldToGo: () => connection.wasToldToGo,
          wasCut: () => connection.session.destroyed,
        };
      },
      ended: (end) => this.ends.push(end),
    });
    this.subscriptions.push(subscription);
    return subscription;
  }

  /** Of all its subscriptions. */
  get notices(): Notice[] {
    return this.subscriptions.flatMap(({ notices }) => notices);
  }

  close(): void {
    this.#closed = true;
    for (const subscription of this.subscriptions) subscription.close();
    this.#current?.session.close();
  }

  #connection(): Connection {
    if (this.#closed) throw new Error('the client is closed');
    const current = this.#current;
    if (current && !current.wasToldToGo && !current.session.closed && !current.session.destroyed) {
      return current;
    }
    this.connections++;
    const connection: Connection = { session: connect(this.#url), wasToldToGo: false };
    connection.session.on('goaway', () => {
      connection.wasToldToGo = true;
    });
    // Its streams tell of it: they end without a status.
    connection.session.on('error', () => {});
    this.#current = connection;
    return connection;
  }
}
