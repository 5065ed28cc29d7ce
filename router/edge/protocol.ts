import type { Exchange, ExchangeHandler } from '../../h2/index.ts';
import type { CallContext } from './context.ts';
import type { Status } from './grpc/index.ts';

/** One way in which clients speak to the edge. */
export interface Protocol {
  serve(exchange: Exchange, context: CallContext): ExchangeHandler;
  /** Answers with a status before looking at the request. */
  refuse(exchange: Exchange, status: Status, context: CallContext): ExchangeHandler;
}

/** For an exchange that was answered at once: whatever the client still says is passed over. */
export const deaf: ExchangeHandler = { data() {}, requestEnded() {}, drained() {}, closed() {} };
