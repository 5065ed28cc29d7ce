import { status } from '@grpc/grpc-js';
import { MessageReader, messagePrefixBytes, percentEncode } from '../../h2/grpc/index.ts';
import type { Exchange, ExchangeHandler, Headers } from '../../h2/index.ts';
import type { link } from '../../proto/index.ts';
import { decodeBatch } from './decode-batch.ts';
import { encodeMessage } from './encode-batch.ts';
import type { RouterStream, StreamStatus } from './stream.ts';

const responseHeaders: Headers = Object.freeze({
  ':status': 200,
  'content-type': 'application/grpc',
});

export interface ExchangeStreamOptions {
  /** Of one batch of the router. */
  readonly messageBytesMax: number;
  /** Called with the bytes of each batch that is written. */
  readonly sent: (bytes: number) => void;
}

/** A call of `LinkService.Open`. What the router is behind with waits in its connection, and isn't written yet. */
export class ExchangeStream implements RouterStream, ExchangeHandler {
  readonly #exchange: Exchange;
  readonly #options: ExchangeStreamOptions;
  readonly #messages: MessageReader;
  #take: (batch: link.RouterBatch) => void = () => {};
  #told: (reason: string) => void = () => {};
  /** Of batches that the router is behind with, in order. */
  #unwritten: (() => void)[] = [];
  #behind = false;
  #responded = false;

  constructor(exchange: Exchange, options: ExchangeStreamOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.#messages = new MessageReader(options.messageBytesMax, (message) => this.#batch(message));
  }

  get peer(): string {
    return this.#exchange.connection.remote;
  }

  write(batch: link.StorageBatch, written: () => void): void {
    if (!this.#responded) this.#exchange.respond(responseHeaders);
    this.#responded = true;
    const bytes = encodeMessage(batch);
    this.#options.sent(bytes.length - messagePrefixBytes);
    if (!this.#exchange.write(bytes)) this.#behind = true;
    if (this.#behind) this.#unwritten.push(written);
    else written();
  }

  onBatch(take: (batch: link.RouterBatch) => void): void {
    this.#take = take;
  }

  onEnd(end: (reason: string) => void): void {
    this.#told = end;
  }

  end(ending: StreamStatus | undefined): void {
    const { code, details } = ending ?? { code: status.OK, details: '' };
    const trailers: Headers = { 'grpc-status': code, 'grpc-message': percentEncode(details) };
    this.#exchange.end(this.#responded ? trailers : { ...responseHeaders, ...trailers });
  }

  // For the exchange.

  data(chunk: Uint8Array): void {
    const problem = this.#messages.push(chunk);
    if (problem !== undefined) this.#refuse(status.RESOURCE_EXHAUSTED, `it sent ${problem}`);
  }

  requestEnded(): void {
    this.#told('the router ended the link');
  }

  drained(): void {
    this.#behind = false;
    const written = this.#unwritten;
    this.#unwritten = [];
    for (const each of written) each();
  }

  closed(): void {
    this.#unwritten = [];
    this.#told('the connection broke');
  }

  #batch(message: Uint8Array): void {
    let batch: link.RouterBatch;
    try {
      batch = decodeBatch(message);
    } catch (error) {
      const why = (error as Error).message;
      return this.#refuse(status.INTERNAL, `it sent what is no batch: ${why}`);
    }
    this.#take(batch);
  }

  #refuse(code: status, details: string): void {
    this.end({ code, details });
    this.#told(details);
  }
}
