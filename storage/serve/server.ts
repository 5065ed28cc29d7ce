import { Server, type ServerDuplexStream } from '@grpc/grpc-js';
import { link, type topo } from '../../proto/index.ts';
import { bindServer, type Cancel, type Clock, type Logger, sleep } from '../../runtime/index.ts';
import type { Self } from '../ownership/index.ts';
import type { Topics } from '../topics/index.ts';
import type { LinkBounds } from './bounds.ts';
import { encodeBatch } from './encode-batch.ts';
import { type Ending, type EndReason, statusOf } from './ending.ts';
import { Link } from './link.ts';

export interface LinkServerOptions {
  readonly self: Self;
  readonly topics: Topics;
  /** Of the topology held. */
  readonly version: () => topo.Version;
  readonly bounds: LinkBounds;
  readonly clock: Clock;
  readonly log: Logger;
  /** A batch was written to a router, with so many items of feeds. */
  readonly onBatch?: (items: number) => void;
}

/** Beside the heartbeats of the links: closes a connection whose peer's machine is gone. */
const KEEPALIVE_MS = 5000;

const service = { open: { ...link.LinkServiceService.open, responseSerialize: encodeBatch } };

/** Serves `LinkService.Open` to routers. Links are independent: two of one router live side by side. */
export class LinkServer {
  readonly #options: LinkServerOptions;
  readonly #server: Server;
  readonly #tickMs: number;
  readonly #links = new Set<Link>();
  readonly #ended: Record<EndReason, number> = {
    refused: 0,
    full: 0,
    violation: 0,
    silent: 0,
    slow: 0,
    stopping: 0,
    gone: 0,
  };
  #stopTicking: Cancel | undefined;
  #stopping = false;

  constructor(options: LinkServerOptions) {
    this.#options = options;
    this.#tickMs = options.bounds.linkHeartbeatMs / 2;
    this.#server = new Server({
      'grpc.max_receive_message_length': options.bounds.linkMessageBytesMax,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_MS,
    });
    this.#server.addService(service, {
      open: (call: ServerDuplexStream<link.RouterBatch, link.StorageBatch>) => this.#open(call),
    });
  }

  /** Links up. */
  get links(): number {
    return this.#links.size;
  }

  /** Links ended since the start, by reason. */
  get ended(): Readonly<Record<EndReason, number>> {
    return this.#ended;
  }

  /** Of all links: collected or handed to a stream, and not written. */
  get unsentBytes(): number {
    let bytes = 0;
    for (const link of this.#links) bytes += link.unsentBytes;
    return bytes;
  }

  /** @param address host:port; port 0: any free one. Returns the port. */
  async listen(address: string): Promise<number> {
    const port = await bindServer(this.#server, address);
    this.#stopTicking = this.#options.clock.every(this.#tickMs, () => this.#tick());
    return port;
  }

  /** Tells every router which topology is held now. */
  announce(): void {
    for (const link of this.#links) link.announce();
  }

  /** Takes no more links, writes what is collected, ends the links; within `stopMsMax` in any case. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const late = sleep(this.#options.clock, this.#options.bounds.stopMsMax);
    const finished = [...this.#links].map((link) => link.finish(this.#stopped()));
    await Promise.race([Promise.all(finished), late]);
    const closed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    await Promise.race([closed, late]);
    this.#stopTicking?.();
    this.#server.forceShutdown();
  }

  #open(call: ServerDuplexStream<link.RouterBatch, link.StorageBatch>): void {
    const refusal = this.#refusal();
    if (refusal) {
      this.#ended[refusal.reason] += 1;
      call.emit('error', statusOf(refusal));
      return;
    }
    const { self, topics, version, bounds, clock, onBatch } = this.#options;
    const link = new Link(call, {
      self,
      topics,
      version,
      bounds,
      clock,
      tickMs: this.#tickMs,
      onBatch: onBatch ?? (() => {}),
      onEnd: (ended, ending) => this.#onEnd(ended, ending),
    });
    this.#links.add(link);
  }

  #refusal(): Ending | undefined {
    if (this.#stopping) return this.#stopped();
    const { bounds, self } = this.#options;
    if (this.#links.size < bounds.linksMax) return undefined;
    const message = `storage node ${self.name} has ${bounds.linksMax} links and takes no more`;
    return { reason: 'full', message };
  }

  #stopped(): Ending {
    const message = `storage node ${this.#options.self.name} is stopping`;
    return { reason: 'stopping', message };
  }

  #onEnd(link: Link, { reason, message }: Ending): void {
    this.#links.delete(link);
    this.#ended[reason] += 1;
    const { log } = this.#options;
    const level = reason === 'gone' || reason === 'stopping' ? 'info' : 'warn';
    log[level]({ router: link.peer, reason, why: message }, 'link ended');
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const link of this.#links) link.tick(nowMs);
  }
}
