import type { Socket } from 'node:net';
import type { Clock, Logger, Registry } from '../../runtime/index.ts';
import type { TopicService } from '../service.ts';
import { Admission, type SocketRefusal } from './admission.ts';
import { defaultEdgeConfig, type EdgeConfig } from './config.ts';
import { DeadlineWheel } from './deadlines.ts';
import { type DrainOutcome, drain } from './drain.ts';
import type { Engine, Exchange, ExchangeHandler } from './engine.ts';
import { type GrpcContext, IncompleteBytes, refuse, route } from './grpc/index.ts';
import { Http2Engine } from './http2/index.ts';
import { Listener } from './listener.ts';
import { Counts, exportMetrics } from './metrics.ts';
import { ResumeMemory } from './resume-memory.ts';
import { Streams } from './streams.ts';

export interface EdgeOptions {
  readonly service: TopicService;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  /** Bounds that differ from `defaultEdgeConfig`. */
  readonly config?: Partial<EdgeConfig>;
}

/** Where clients are served. */
export interface Edge {
  /**
   * Listens on host:port (port 0: any free one) and answers which port it got.
   * @throws when the address is not one, or is in use
   */
  listen(address: string): Promise<number>;
  /** Takes over a connected client socket, from wherever it comes. */
  accept(socket: Socket): void;
  /** Client sockets that are open. */
  connections(): number;
  /** Subscriptions that are open. */
  subscriptions(): number;
  /**
   * Moves every client elsewhere without loss: no new sockets, GOAWAY, every stream ended with OK, spread evenly; calls
   * finish. Resolves when nobody is left, at the latest after `withinMs`; who is left then is cut.
   */
  drain(withinMs: number): Promise<DrainOutcome>;
  /** Cuts everything now. */
  close(): void;
}

export function startEdge(options: EdgeOptions): Edge {
  return new RouterEdge(options);
}

class RouterEdge implements Edge {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #config: EdgeConfig;
  readonly #engine: Engine;
  readonly #admission: Admission;
  readonly #resume: ResumeMemory;
  readonly #streams = new Streams();
  readonly #counts = new Counts();
  readonly #grpc: GrpcContext;
  #listeners: Listener[] = [];

  constructor({ service, clock, log, registry, config }: EdgeOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#config = { ...defaultEdgeConfig, ...config };
    const bounds = this.#config;
    const wheel = new DeadlineWheel(clock, bounds.deadlineTickMs);
    this.#resume = new ResumeMemory(
      wheel,
      bounds.resumeMemoryMs,
      bounds.resumeMemoriesPerConnectionMax,
    );
    this.#grpc = {
      service,
      config: bounds,
      bounds: {
        unaskedBytesMax: bounds.smallRequestBytesMax,
        messageBytesMax: () => payloadBytesMax(service, bounds) + bounds.requestOverheadBytesMax,
        incomplete: new IncompleteBytes(bounds.incompleteRequestBytesMax),
      },
      wheel,
      resume: this.#resume,
      streams: this.#streams,
      counts: this.#counts,
      log,
    };
    this.#engine = new Http2Engine(
      {
        exchange: (exchange) => this.#exchange(exchange),
        closed: (connection) => this.#resume.forget(connection),
      },
      bounds,
      clock,
    );
    this.#admission = new Admission(
      {
        admitted: (socket) => this.#engine.accept(socket),
        refused: (socket, why) => this.#refused(socket, why),
      },
      wheel,
      bounds,
    );
    exportMetrics(registry, this.#counts, {
      connections: () => this.connections(),
      exchanges: () => this.#engine.exchanges,
      subscriptions: () => this.subscriptions(),
    });
  }

  async listen(address: string): Promise<number> {
    const listener = await Listener.open(address, (socket) => this.accept(socket));
    this.#listeners.push(listener);
    return listener.port;
  }

  accept(socket: Socket): void {
    this.#admission.accept(socket);
  }

  connections(): number {
    return this.#admission.sockets;
  }

  subscriptions(): number {
    return this.#streams.size;
  }

  async drain(withinMs: number): Promise<DrainOutcome> {
    this.#stopListening();
    const drained = { streams: this.#streams, connections: () => this.#engine.connections() };
    const outcome = await drain(drained, this.#clock, withinMs, this.#config);
    this.#admission.destroyAll();
    this.#log.info(outcome, 'clients were moved');
    return outcome;
  }

  close(): void {
    this.#stopListening();
    this.#admission.destroyAll();
  }

  #stopListening(): void {
    this.#admission.close();
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
  }

  #exchange(exchange: Exchange): ExchangeHandler {
    if (this.#engine.exchanges <= this.#config.exchangesMax) return route(exchange, this.#grpc);
    return refuse(exchange, {
      code: 'unavailable',
      message: `this router already serves ${this.#config.exchangesMax} calls; try again`,
    });
  }

  #refused(socket: Socket, why: SocketRefusal): void {
    this.#counts.refusedSocket(why);
    this.#log.debug({ remote: socket.remoteAddress, why }, 'a client socket was refused');
  }
}

/** The largest payload that any cache takes; which of them a request is for is not known before it was read. */
function payloadBytesMax(service: TopicService, config: EdgeConfig): number {
  let bytesMax = 0;
  for (const cache of service.caches()) bytesMax = Math.max(bytesMax, cache.messageBytesMax);
  return bytesMax > 0 ? bytesMax : config.messageBytesMaxDefault;
}
