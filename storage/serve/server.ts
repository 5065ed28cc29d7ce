import { Server, type ServerDuplexStream } from '@grpc/grpc-js';
import { link } from '../../proto/index.ts';
import { bindServer, type Clock, sleep } from '../../runtime/index.ts';
import type { LinkBounds } from './bounds.ts';
import { decodeBatch } from './decode-batch.ts';
import { encodeBatch } from './encode-batch.ts';
import { GrpcStream } from './grpc-stream.ts';
import type { RouterStream } from './stream.ts';

/** Beside the heartbeats of the links: closes a connection whose peer's machine is gone. */
const KEEPALIVE_MS = 5000;

/** Serves `LinkService.Open` to routers. */
export class LinkServer {
  readonly #server: Server;
  readonly #bounds: LinkBounds;
  readonly #clock: Clock;
  #sentBytes = 0;

  constructor(bounds: LinkBounds, clock: Clock, accept: (stream: RouterStream) => void) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#server = new Server({
      'grpc.max_receive_message_length': bounds.linkMessageBytesMax,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_MS,
    });
    const responseSerialize = (batch: link.StorageBatch) => {
      const bytes = encodeBatch(batch);
      this.#sentBytes += bytes.length;
      return bytes;
    };
    const service = {
      open: { ...link.LinkServiceService.open, requestDeserialize: decodeBatch, responseSerialize },
    };
    this.#server.addService(service, {
      open: (call: ServerDuplexStream<link.RouterBatch, link.StorageBatch>) =>
        accept(new GrpcStream(call)),
    });
  }

  /** Of all batches since the start. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** @param address host:port; port 0: any free one. Returns the port. */
  listen(address: string): Promise<number> {
    return bindServer(this.#server, address);
  }

  /** To be called when the streams have ended; those that didn't are cut after `stopMsMax`. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    await Promise.race([closed, sleep(this.#clock, this.#bounds.stopMsMax)]);
    this.#server.forceShutdown();
  }
}
