import type { Frame, Refusal } from '../../service.ts';
import type { CallContext } from '../context.ts';
import type { Deadline, Timed } from '../deadlines.ts';
import { type CallStream, invalidArgument, statusOf } from '../grpc/index.ts';
import type { Asked } from '../start.ts';
import { askedIn } from './asked.ts';
import type { HttpCall, Method } from './call.ts';
import { noticesOf } from './notices.ts';
import { refuseSubscription, TopicStream, type View } from './stream.ts';

/** `GET /topics/{cache}/{topic}`: waits for the next items from a position on, and answers with them. */
export const subscribe: Method = {
  takesBody: false,
  invoke(_body, call, context) {
    const { name, query } = call.target;
    const asked = askedIn(query);
    const problem = typeof asked === 'string' ? asked : context.nameProblem(name);
    if (problem !== undefined || typeof asked === 'string') {
      return refuseSubscription(call, context, invalidArgument(problem ?? ''));
    }
    return new Poll(call, context).open(asked);
  },
};

/**
 * One long poll: `{"items":[…],"next":{…}}` as soon as something is there, or with no items when the wait is over. `next`
 * is where to ask on, so that a client which was answered without items misses none between two polls.
 */
class Poll implements View, Timed {
  readonly #call: HttpCall;
  readonly #context: CallContext;
  readonly #stream: TopicStream;
  #json: string[] = [];
  #bytes = 0;
  #deadline: Deadline | undefined;

  constructor(call: HttpCall, context: CallContext) {
    this.#call = call;
    this.#context = context;
    this.#stream = new TopicStream(call, context, this);
  }

  open(asked: Asked): CallStream | undefined {
    const stream = this.#stream.open(asked);
    if (!stream) return undefined;
    const { wheel, config } = this.#context;
    this.#deadline = wheel.schedule(config.pollWaitMsMax, this);
    return {
      drained: () => {},
      closed: () => {
        wheel.cancel(this.#deadline);
        stream.closed();
      },
    };
  }

  get informed(): boolean {
    return this.#stream.position() !== undefined;
  }

  /** Everything that comes in one turn is one answer. */
  write(frame: Frame): boolean {
    const notices = noticesOf(frame);
    if (notices.length > 0 && this.#json.length === 0) {
      queueMicrotask(() => this.#stream.finish());
    }
    for (const { json } of notices) {
      this.#json.push(json);
      this.#bytes += json.length;
    }
    return this.#bytes < this.#context.config.pollBytesMax;
  }

  deadlineDue(): void {
    this.#stream.finish();
  }

  conclude(refusal: Refusal | undefined): void {
    this.#context.wheel.cancel(this.#deadline);
    if (refusal && this.#json.length === 0) return this.#call.fail(statusOf(refusal));
    const position = this.#stream.position();
    const next =
      position === undefined
        ? ''
        : `,"next":{"sequence_number":${position.sequence + 1},"sequence_page":${position.page}}`;
    this.#call.answer(`{"items":[${this.#json.join(',')}]${next}}`);
  }
}
