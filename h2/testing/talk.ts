import { type ConnectionHost, Runs, ServerConnection } from '../connection/index.ts';
import type { Exchange, ExchangeHandler } from '../engine.ts';
import { defaultLimits, type Limits } from '../limits.ts';
import { FrameText, framesOf } from './frame-text.ts';

/** What a client says before anything else. */
export const begin: readonly string[] = ['PREFACE', 'SETTINGS'];

/** A connection without a socket: what is said to it, what it says, and what its handlers are told. */
export class Talk {
  readonly connection: ServerConnection;
  /** What handlers were told: `1 data hello`. */
  readonly told: string[] = [];
  readonly exchanges: Exchange[] = [];
  /** How the socket fares. */
  socket: 'open' | 'ended' | 'cut' = 'open';
  /** Whether the socket takes what is sent. */
  takes = true;
  /** What is done with each exchange, when it begins and when its request is complete. */
  onExchange = (_exchange: Exchange): void => {};
  onRequestEnded = (_exchange: Exchange): void => {};
  onData = (_chunk: Uint8Array): void => {};
  onDrained = (_exchange: Exchange): void => {};
  readonly sent: Uint8Array[] = [];
  readonly #said = new FrameText();
  #isDeparting = false;

  constructor(limits: Partial<Limits> = {}, runs = new Runs()) {
    const host: ConnectionHost = {
      sendSoon: () => {},
      sendNow: () => this.#write(),
      exchange: (exchange) => this.#exchange(exchange),
      exchangeClosed: () => {},
      fault: (error) => {
        throw error;
      },
      limitHit: () => {},
      departing: () => void (this.#isDeparting = true),
      hangUp: () => void (this.socket = 'ended'),
      cut: () => void (this.socket = 'cut'),
    };
    this.connection = new ServerConnection(1, 'test', host, runs, { ...defaultLimits, ...limits });
  }

  /** The client says these frames, in one piece; then the turn is over. */
  say(...lines: string[]): this {
    return this.receive(framesOf(lines)).turn();
  }

  receive(bytes: Uint8Array): this {
    this.connection.receive(bytes);
    return this;
  }

  turn(): this {
    this.#write();
    this.connection.sent();
    this.#write();
    return this;
  }

  /** What the connection said since the last time. */
  heard(): string[] {
    return this.#said.lines.splice(0);
  }

  get isDeparting(): boolean {
    return this.#isDeparting;
  }

  /** The socket has enough. */
  block(): void {
    this.takes = false;
    this.connection.sending.block();
  }

  unblock(): void {
    this.takes = true;
    this.connection.sending.unblock();
    this.turn();
  }

  #write(): void {
    const run = this.takes ? this.connection.sending.take() : undefined;
    if (run === undefined) return;
    const bytes = run.bytes();
    this.sent.push(bytes);
    this.#said.push(bytes);
  }

  #exchange(exchange: Exchange): ExchangeHandler {
    const at = `${this.exchanges.push(exchange) * 2 - 1}`;
    this.told.push(`${at} ${exchange.method} ${exchange.path}`);
    this.onExchange(exchange);
    const tell = (what: string): void => void this.told.push(`${at} ${what}`);
    return {
      data: (chunk) => {
        tell(`data ${Buffer.from(chunk).toString()}`);
        this.onData(chunk);
      },
      requestEnded: () => {
        tell('ended');
        this.onRequestEnded(exchange);
      },
      drained: () => {
        tell('drained');
        this.onDrained(exchange);
      },
      closed: () => tell('closed'),
    };
  }
}
