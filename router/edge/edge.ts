import type { Socket } from 'node:net';
import {
  type Connection,
  type Engine,
  type Exchange,
  type ExchangeHandler,
  H2Engine,
  type LimitHit,
} from '../../h2/index.ts';
import type { Clock, Logger, Registry } from '../../runtime/index.ts';
import type { TopicService } from '../service.ts';
import type { Traffic } from '../traffic/index.ts';
import { Admission, type SocketRefusal } from './admission.ts';
import { CanaryKey, canaryHeader, canaryNameProblem } from './canary-key.ts';
import { defaultEdgeConfig, type EdgeConfig } from './config.ts';
import type { CallContext } from './context.ts';
import { DeadlineWheel } from './deadlines.ts';
import { Departures } from './departures.ts';
import { Drain, type DrainOutcome } from './drain.ts';
import { grpc, refuseHttp1, type Status } from './grpc/index.ts';
import { Http1Engine } from './http1/index.ts';
import { IncompleteBytes } from './incomplete.ts';
import { Listener } from './listener.ts';
import { Counts, exportMetrics } from './metrics.ts';
import { inProportion } from './moving.ts';
import { nameProblem } from './names.ts';
import type { Protocol } from './protocol.ts';
import { protocolOf } from './protocols.ts';
import { ResumeMemory } from './resume-memory.ts';
import { Shed } from './shed.ts';
import { Streams } from './streams.ts';
import type { Certificate } from './tls/index.ts';

export interface EdgeOptions {
  readonly service: TopicService;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  /** Where publishes are counted. */
  readonly traffic: Traffic;
  /** Bounds that differ from `defaultEdgeConfig`. */
  readonly config?: Partial<EdgeConfig>;
  /**
   * Calls that carry it as `canaryHeader` are this process's own: they alone are let into the canaries' cache, and they
   * count as no client's. Default: nobody has it.
   */
  readonly canaryKey?: string;
  /** Whether the process wants more clients, for gRPC's health service. Default: always. */
  readonly isServing?: () => boolean;
  /** With it, clients of other machines must speak TLS. Closed with the edge. Default: nobody can. */
  readonly certificate?: Certificate | undefined;
  /** Clients that can't say where they were are about to be sent away while this router stays. */
  readonly shedding?: () => void;
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
  /** Calls of clients that are open, subscriptions among them. */
  calls(): number;
  /** Subscriptions of clients that are open. */
  subscriptions(): number;
  /** Sent to clients since the start, without headers. */
  sentBytes(): number;
  /**
   * Moves every client elsewhere without loss, spread evenly: GOAWAY and every stream ended with OK; calls finish. Clients
   * that still come are served and moved on. Resolves when nobody is left, at the latest after `withinMs`; who is left
   * then is cut. Repeated, the earlier end counts.
   */
  drain(withinMs: number): Promise<DrainOutcome>;
  /**
   * Moves some clients elsewhere in the same way, spread over `withinMs`, and goes on serving; nobody is cut. One at a
   * time: while one is under way it is left to finish.
   * @param connections how many; of those with streams and those without in proportion, the ones that are open for longest
   * @returns how many are still to be moved
   */
  shed(connections: number, withinMs: number): number;
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
  readonly #engines: { readonly http1: Engine; readonly http2: Engine };
  readonly #admission: Admission;
  readonly #resume: ResumeMemory;
  readonly #streams = new Streams();
  readonly #counts = new Counts();
  readonly #calls: CallContext;
  readonly #canaryKey: CanaryKey;
  readonly #canaryCalls: CallContext;
  /** Connections on which the process's own calls came. */
  readonly #canaryConnections = new Set<Connection>();
  readonly #shedding: () => void;
  readonly #certificate: Certificate | undefined;
  /** Connections that were shed, whether or not their clients have gone. */
  readonly #shedConnections = new WeakSet<Connection>();
  #shed: Shed | undefined;
  #drain: Drain | undefined;
  #listeners: Listener[] = [];

  constructor(options: EdgeOptions) {
    const { service, clock, log, registry, traffic, config } = options;
    this.#shedding = options.shedding ?? (() => {});
    this.#certificate = options.certificate;
    this.#canaryKey = new CanaryKey(options.canaryKey);
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
    this.#calls = {
      service,
      config: bounds,
      requests: {
        unaskedBytesMax: bounds.smallRequestBytesMax,
        messageBytesMax: () => payloadBytesMax(service, bounds) + bounds.requestOverheadBytesMax,
        incomplete: new IncompleteBytes(bounds.incompleteRequestBytesMax),
      },
      wheel,
      resume: this.#resume,
      departures: new Departures(wheel, bounds.resumeMemoryMs, bounds.departuresMax),
      nameProblem,
      isServing: options.isServing ?? (() => true),
      streams: this.#streams,
      counts: this.#counts,
      traffic,
      nowMs: () => clock.monotonicMs(),
      log,
    };
    this.#canaryCalls = {
      ...this.#calls,
      nameProblem: canaryNameProblem,
      streams: new Streams(),
      counts: new Counts(),
    };
    const closed = (connection: Connection): void => {
      this.#resume.forget(connection);
      this.#canaryConnections.delete(connection);
    };
    const fault = (error: unknown): void =>
      log.error({ error }, 'an exchange failed inside the router');
    const limitHit = (limit: LimitHit): void => this.#counts.limitHit(limit);
    const told = { closed, fault, limitHit };
    const over2 = {
      exchange: (one: Exchange) => this.#exchange(one, protocolOf(one)),
      ...told,
    };
    const over1 = { exchange: (one: Exchange) => this.#exchangeOfHttp1(one), ...told };
    this.#engines = {
      http1: new Http1Engine(over1, bounds, wheel),
      http2: new H2Engine(over2, bounds, clock),
    };
    this.#admission = new Admission(
      {
        admitted: (socket, speaks) => this.#engines[speaks].accept(socket),
        refused: (socket, why) => this.#refused(socket, why),
      },
      wheel,
      bounds,
      this.#certificate,
    );
    exportMetrics(registry, this.#counts, traffic, {
      connections: () => this.connections(),
      exchanges: () => this.calls(),
      subscriptions: () => this.subscriptions(),
      certificateExpirySeconds: () => (this.#certificate?.expiresMs ?? 0) / 1_000,
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
    return Math.max(0, this.#admission.sockets - this.#canaryConnections.size);
  }

  calls(): number {
    let calls = this.#exchanges();
    for (const { exchanges } of this.#canaryConnections) calls -= exchanges;
    return calls;
  }

  subscriptions(): number {
    return this.#streams.subscriptions;
  }

  sentBytes(): number {
    return this.#counts.sentBytes;
  }

  async drain(withinMs: number): Promise<DrainOutcome> {
    if (this.#drain) this.#drain.hurry(withinMs);
    else this.#drain = this.#beginDrain(withinMs);
    return this.#drain.over;
  }

  shed(connections: number, withinMs: number): number {
    if (this.#drain) return 0;
    if (this.#shed && this.#shed.left > 0) return this.#shed.left;
    const clients = [...this.#clients()];
    const candidates = clients.filter((connection) => !this.#shedConnections.has(connection));
    const chosen = inProportion(candidates, this.#streams, connections);
    if (chosen.length === 0) return 0;
    for (const connection of chosen) this.#shedConnections.add(connection);
    this.#counts.shedConnections += chosen.length;
    this.#log.info({ connections: chosen.length, withinMs }, 'moving some clients elsewhere');
    this.#shed = new Shed({
      streams: this.#streams,
      connections: chosen,
      withinMs,
      clock: this.#clock,
      config: this.#config,
      shedding: this.#shedding,
    });
    return chosen.length;
  }

  close(): void {
    this.#shed?.stop();
    this.#drain?.stop();
    this.#certificate?.close();
    this.#admission.close();
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    this.#admission.destroyAll();
  }

  #beginDrain(withinMs: number): Drain {
    const clients = {
      streams: this.#streams,
      connections: () => this.#clients(),
      connectionCount: () => {
        const { http1, http2 } = this.#engines;
        const all = http1.connections().size + http2.connections().size;
        return all - this.#canaryConnections.size;
      },
      cut: () => {
        for (const connection of this.#clients()) connection.close();
        this.#admission.destroySilent();
      },
    };
    const begun = new Drain(clients, this.#clock, withinMs, this.#config);
    void begun.over.then((outcome) => this.#log.info(outcome, 'clients were moved'));
    return begun;
  }

  *#clients(): Iterable<Connection> {
    for (const engine of Object.values(this.#engines)) {
      for (const connection of engine.connections()) {
        if (!this.#canaryConnections.has(connection)) yield connection;
      }
    }
  }

  #exchanges(): number {
    return this.#engines.http2.exchanges + this.#engines.http1.exchanges;
  }

  #exchangeOfHttp1(exchange: Exchange): ExchangeHandler {
    const protocol = protocolOf(exchange);
    return protocol === grpc ? refuseHttp1(exchange) : this.#exchange(exchange, protocol);
  }

  #exchange(exchange: Exchange, protocol: Protocol): ExchangeHandler {
    if (this.#canaryKey.opens(exchange.header(canaryHeader))) {
      this.#canaryConnections.add(exchange.connection);
      return protocol.serve(exchange, this.#canaryCalls);
    }
    if (this.#exchanges() <= this.#config.exchangesMax)
      return protocol.serve(exchange, this.#calls);
    this.#counts.refusedCalls += 1;
    const status: Status = {
      code: 'unavailable',
      message: `this router already serves ${this.#config.exchangesMax} calls; try again`,
    };
    return protocol.refuse(exchange, status, this.#calls);
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
