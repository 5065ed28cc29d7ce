import type { Exchange, ExchangeHandler } from '../../../h2/index.ts';
import type { CallContext } from '../context.ts';
import { Call, type MessageStream, type StreamMethod } from './call.ts';
import type { Codec } from './codec.ts';
import { MessageReader } from './message-reader.ts';
import { isStatus } from './requests.ts';

/** A call to which the client sends messages for as long as it likes. */
export class StreamingCall extends Call implements ExchangeHandler {
  /** Only while the call is open. */
  #reader: MessageReader | undefined;
  readonly #stream: MessageStream;

  constructor(exchange: Exchange, method: StreamMethod, codec: Codec, context: CallContext) {
    super(exchange, codec, context);
    this.#stream = method.open(this, context);
    this.#reader = new MessageReader(
      { ...context.requests, tooLarge: method.tooLarge },
      this.#stream,
    );
  }

  data(chunk: Uint8Array): void {
    const piece = this.unwrap(chunk);
    const problem = isStatus(piece) ? piece : this.#read(piece);
    if (problem) this.fail(problem);
  }

  requestEnded(): void {
    const problem = this.#reader?.problemAtEnd();
    if (this.ended) return;
    if (problem) return this.fail(problem);
    this.#guarded(() => this.#stream.requestEnded());
  }

  drained(): void {
    if (!this.ended) this.#stream.drained();
  }

  closed(): void {
    this.over();
    this.#stream.closed();
  }

  protected override stopReading(): void {
    this.#reader?.release();
    this.#reader = undefined;
  }

  #read(piece: Uint8Array) {
    return this.#guarded(() => this.#reader?.push(piece));
  }

  #guarded<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.fault(error);
      return undefined;
    }
  }
}
