import type { Frame, Refusal } from '../../service.ts';
import type { CallContext } from '../context.ts';
import { type CallStream, invalidArgument, statusOf } from '../grpc/index.ts';
import type { Asked } from '../start.ts';
import { problemJson } from './answers.ts';
import { askedAfter, askedIn } from './asked.ts';
import type { HttpCall, Method } from './call.ts';
import { type Notice, noticesOf } from './notices.ts';
import { refuseSubscription, TopicStream, type View } from './stream.ts';

/** `GET /topics/{cache}/{topic}?stream=sse`: Server-Sent Events (the HTML standard, section 9.2). */
export const events: Method = {
  takesBody: false,
  invoke(_body, call, context) {
    const { name, query } = call.target;
    const last = call.exchange.header('last-event-id');
    const asked = last === undefined || last === '' ? askedIn(query) : askedAfter(last);
    const problem = typeof asked === 'string' ? asked : context.nameProblem(name);
    if (problem !== undefined || typeof asked === 'string') {
      return refuseSubscription(call, context, invalidArgument(problem ?? ''));
    }
    return new EventStream(call, context).open(asked);
  },
};

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Proxies of the nginx kind would collect events.
  'x-accel-buffering': 'no',
};

/**
 * One stream of events: items as messages, discontinuities as events of that name. Each carries page-sequence as its id,
 * with which the browser comes back; so does the first heartbeat that knows a position. The headers go out with the first
 * write, so a refusal is an HTTP status.
 */
class EventStream implements View {
  readonly #call: HttpCall;
  readonly #context: CallContext;
  readonly #stream: TopicStream;
  #begun = false;
  #informed = false;

  constructor(call: HttpCall, context: CallContext) {
    this.#call = call;
    this.#context = context;
    this.#stream = new TopicStream(call, context, this);
  }

  open(asked: Asked): CallStream | undefined {
    const opened = this.#stream.open(asked);
    // The router may have greeted it before its position could be asked.
    if (opened && this.#begun && !this.#informed) this.#call.write(this.#heartbeat());
    return opened;
  }

  get informed(): boolean {
    return this.#informed;
  }

  write(frame: Frame): boolean {
    this.#begin();
    const shared = eventsOf(frame);
    if (shared.length === 0) return this.#call.write(this.#heartbeat());
    this.#informed = true;
    return this.#call.write(shared);
  }

  conclude(refusal: Refusal | undefined): void {
    if (refusal && !this.#begun) return this.#call.fail(statusOf(refusal));
    this.#begin();
    if (refusal) {
      const json = problemJson(statusOf(refusal));
      this.#call.write(Buffer.from(`event: refused\ndata: ${json}\n\n`));
    }
    this.#call.end();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#call.begin(headers);
    this.#call.write(Buffer.from(`retry: ${this.#context.config.eventsRetryMs}\n\n`));
  }

  #heartbeat(): Uint8Array {
    const position = this.#informed ? undefined : this.#stream.position();
    if (position === undefined) return heartbeat;
    this.#informed = true;
    return Buffer.from(`: heartbeat\nid: ${position.page}-${position.sequence}\n\n`);
  }
}

const heartbeat = Buffer.from(': heartbeat\n\n');

/** As for JSON: once for all who are sent the frame. */
const known = new WeakMap<Uint8Array, Uint8Array>();

function eventsOf(frame: Frame): Uint8Array {
  let text = known.get(frame.bytes);
  if (!text) {
    text = Buffer.from(noticesOf(frame).map(eventOf).join(''));
    known.set(frame.bytes, text);
  }
  return text;
}

function eventOf({ kind, json, reached }: Notice): string {
  const name = kind === 'item' ? '' : `event: ${kind}\n`;
  return `${name}id: ${reached.page}-${reached.sequence}\ndata: ${json}\n\n`;
}
