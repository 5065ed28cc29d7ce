import { MalformedMessage, TextMemo } from '../../../proto/wire/index.ts';
import { isRefusal, type Position, type Refusal, type TopicName } from '../../service.ts';
import type { CallContext } from '../context.ts';
import { publishItem } from '../publishing.ts';
import type { Stream } from '../streams.ts';
import { Acknowledgements } from './acknowledgements.ts';
import type { Call, MessageStream, StreamMethod } from './call.ts';
import { decodeItem } from './publish-item.ts';
import { invalidArgument, type Status, statusOf } from './status.ts';

/** `topicplane.publish.v1.PublishService/Publish`: many items on one stream, acknowledged in batches. */
export const publishStream: StreamMethod = {
  tooLarge: 'item size',
  open(call, context) {
    const stream = new PublishStream(call, context);
    context.streams.add(stream);
    return stream;
  },
};

/** Caches and topics that were published to before, by all streams. */
const names = new TextMemo();

/**
 * One stream of publishes:
 *
 *   reading     items arrive and are published
 *   held        too much is unacknowledged, or the client doesn't read: nothing more is read. What had arrived is still
 *               taken, which the receive window bounds
 *   finishing   the client has ended its side, or is moved (`finish`): no item is taken any more, and the call ends with OK
 *               when all that were are answered
 *   ended
 */
class PublishStream implements MessageStream, Stream {
  readonly isSubscription = false;
  readonly informed = true;
  readonly #call: Call;
  readonly #context: CallContext;
  readonly #acknowledgements = new Acknowledgements();
  #names: TopicName = { cache: '', topic: '' };
  /** What is wrong with them, for people. */
  #problem: string | undefined;
  #unansweredBytes = 0;
  #held = false;
  /** The client doesn't read what it is told. */
  #unread = false;
  #finishing = false;
  #telling = false;

  constructor(call: Call, context: CallContext) {
    this.#call = call;
    this.#context = context;
    this.#problem = context.nameProblem(this.#names);
  }

  get connection() {
    return this.#call.exchange.connection;
  }

  message(message: Uint8Array): void {
    if (this.#finishing) return;
    const number = this.#acknowledgements.take();
    const request = this.#decode(message);
    if (typeof request === 'string') {
      this.#context.traffic.nameless.published('invalid-argument', 0);
      return this.#answered(number, invalidArgument(request));
    }
    const bytes = request.payload.length;
    this.#unansweredBytes += bytes;
    publishItem(request, this.#context, (outcome) => {
      this.#unansweredBytes -= bytes;
      this.#answered(number, problemOf(outcome));
    });
    this.#holdOrGoOn();
  }

  requestEnded(): void {
    this.#finishing = true;
    this.#tellSoon();
  }

  /** Its client is moved. */
  finish(): void {
    this.#finishing = true;
    this.#call.exchange.pause();
    this.#tellSoon();
  }

  drained(): void {
    this.#unread = false;
    this.#tellSoon();
    this.#holdOrGoOn();
  }

  closed(): void {
    this.#context.streams.delete(this);
  }

  /** Or what is wrong with the item, for people. */
  #decode(message: Uint8Array) {
    const before = this.#names;
    try {
      const request = decodeItem(message, before, names);
      if (request.topic !== before.topic || request.cache !== before.cache) {
        this.#names = { cache: request.cache, topic: request.topic };
        this.#problem = this.#context.nameProblem(this.#names);
      }
      return this.#problem ?? request;
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      return `the item is not a valid PublishRequest: ${error.message}`;
    }
  }

  #answered(number: number, problem: Status | undefined): void {
    this.#acknowledgements.answered(number, problem);
    this.#tellSoon();
  }

  /** Answers of one turn are one message. */
  #tellSoon(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => this.#tell());
  }

  #tell(): void {
    this.#telling = false;
    const { news, unacknowledged } = this.#acknowledgements;
    const isLast = this.#finishing && unacknowledged === 0;
    if (news && (isLast || !this.#unread)) {
      this.#unread = !this.#call.send(this.#acknowledgements.tell());
    }
    if (isLast) {
      this.#context.streams.delete(this);
      this.#call.succeed();
    } else this.#holdOrGoOn();
  }

  #holdOrGoOn(): void {
    const { publishStreamItemsMax, publishStreamBytesMax } = this.#context.config;
    const part = this.#held ? 0.5 : 1;
    const isTooMuch =
      this.#unread ||
      this.#acknowledgements.unacknowledged >= part * publishStreamItemsMax ||
      this.#unansweredBytes >= part * publishStreamBytesMax;
    if (isTooMuch === this.#held || this.#finishing) return;
    this.#held = isTooMuch;
    if (isTooMuch) this.#call.exchange.pause();
    else this.#call.exchange.resume();
  }
}

function problemOf(outcome: Position | Refusal): Status | undefined {
  return isRefusal(outcome) ? statusOf(outcome) : undefined;
}
