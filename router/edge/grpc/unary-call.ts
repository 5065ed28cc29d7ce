import type { Exchange, ExchangeHandler } from '../../../h2/index.ts';
import type { CallContext } from '../context.ts';
import type { Deadline, Timed } from '../deadlines.ts';
import { Call, type CallStream, type UnaryMethod } from './call.ts';
import type { Codec } from './codec.ts';
import { Deframer } from './deframe.ts';
import { isStatus } from './requests.ts';
import type { Status } from './status.ts';

/** A call with one request message, which arrives within a deadline; then the method is invoked. */
export class UnaryCall extends Call implements ExchangeHandler, Timed {
  readonly #method: UnaryMethod;
  /** Both only while reading. */
  #deframer: Deframer | undefined;
  #deadline: Deadline | undefined;
  #stream: CallStream | undefined;

  constructor(exchange: Exchange, method: UnaryMethod, codec: Codec, context: CallContext) {
    super(exchange, codec, context);
    this.#method = method;
    this.#deframer = new Deframer(context.requests, method.tooLarge);
    this.#deadline = context.wheel.schedule(context.config.requestMsMax, this);
  }

  data(chunk: Uint8Array): void {
    const piece = this.unwrap(chunk);
    const isPiece = piece === chunk || !isStatus(piece);
    const problem = isPiece ? this.#deframer?.push(piece) : piece;
    if (problem) this.#failUnread(problem);
  }

  requestEnded(): void {
    const message = this.#deframer?.finish();
    this.stopReading();
    if (message === undefined || this.ended) return;
    if (isStatus(message)) return this.#failUnread(message);
    try {
      this.#stream = this.#method.invoke(message, this, this.context);
    } catch (error) {
      this.fault(error);
    }
  }

  drained(): void {
    if (!this.ended) this.#stream?.drained();
  }

  closed(): void {
    this.over();
    this.#stream?.closed();
  }

  deadlineDue(): void {
    this.#failUnread({
      code: 'deadline-exceeded',
      message: `the request was not complete after ${this.context.config.requestMsMax} ms`,
    });
  }

  protected override stopReading(): void {
    this.#deframer?.release();
    this.#deframer = undefined;
    this.context.wheel.cancel(this.#deadline);
    this.#deadline = undefined;
  }

  #failUnread(problem: Status): void {
    if (!this.ended) this.#method.unread?.(problem, this.context);
    this.fail(problem);
  }
}
