import type { Connection } from '../../../h2/index.ts';
import type { Refusal, Sink, Subscription } from '../../service.ts';
import { type Frame, isRefusal, type TopicName } from '../../service.ts';
import type { CallContext } from '../context.ts';
import type { Deadline, Timed } from '../deadlines.ts';
import type { Remembered } from '../resume-memory.ts';
import { startOf } from '../start.ts';
import type { Stream } from '../streams.ts';
import type { Call, CallStream, UnaryMethod } from './call.ts';
import { prefixBytes } from './deframe.ts';
import { decodeSubscription, isStatus, type SubscriptionMessage } from './requests.ts';
import { invalidArgument, refusalOf, type Status, statusOf } from './status.ts';
import { parseTimeout, streamLifeMs } from './timeout.ts';

/** `cache_client.pubsub.Pubsub/Subscribe`: a heartbeat, then items, discontinuities and heartbeats. */
export const subscribe: UnaryMethod = {
  tooLarge: 'request limit',
  unread(problem, { counts }) {
    counts.subscribed(refusalOf(problem));
  },
  invoke(message, call, context) {
    const request = decodeSubscription(message);
    if (isStatus(request)) return refuse(call, context, request);
    const problem = context.nameProblem(request);
    if (problem !== undefined) return refuse(call, context, invalidArgument(problem));
    const timeout = call.exchange.header('grpc-timeout');
    const timeoutMs = timeout === undefined ? undefined : parseTimeout(timeout);
    if (timeout !== undefined && timeoutMs === undefined) {
      return refuse(
        call,
        context,
        invalidArgument(`the grpc-timeout ${JSON.stringify(timeout)} is none`),
      );
    }
    return open(request, timeoutMs, call, context);
  },
};

function refuse(call: Call, { counts }: CallContext, status: Status): undefined {
  counts.subscribed(refusalOf(status));
  call.fail(status);
  return undefined;
}

function open(
  request: SubscriptionMessage,
  timeoutMs: number | undefined,
  call: Call,
  context: CallContext,
): CallStream | undefined {
  const name: TopicName = { cache: request.cache, topic: request.topic };
  const { connection } = call.exchange;
  const unknowing = request.sequence === 0 && request.page === 0;
  const remembered = unknowing ? context.resume.take(connection, name) : undefined;
  const departed = unknowing ? context.departures.find(name) : undefined;
  const stream = new SubscribeStream(name, call, context);
  const start = startOf(request, remembered ?? departed);
  const outcome = context.service.subscribe(name, start, stream);
  if (isRefusal(outcome)) {
    // The client will ask again, as unknowing as before.
    if (remembered) context.resume.remember(connection, name, remembered);
    context.counts.subscribed(outcome.refused);
    call.fail(statusOf(outcome));
    return undefined;
  }
  context.counts.subscribed('opened');
  stream.opened(outcome, timeoutMs);
  return stream;
}

/**
 * One subscription's stream. Its states:
 *
 *   opening    nothing was sent: it can't be ended with OK, or the SDK would come back in a tight loop
 *   flowing    the first message is out
 *   ended      by the router, by its timeout, to move its client (`finish`), or by the client
 */
class SubscribeStream implements CallStream, Sink, Stream, Timed {
  readonly isSubscription = true;
  readonly #name: TopicName;
  readonly #call: Call;
  readonly #context: CallContext;
  #subscription: Subscription | undefined;
  #deadline: Deadline | undefined;
  #flowing = false;
  /** To end with OK as soon as the first message is out. */
  #due: 'here' | 'away' | undefined;
  /** Something was sent from which the client knows its position. */
  #informed = false;
  #ended = false;

  constructor(name: TopicName, call: Call, context: CallContext) {
    this.#name = name;
    this.#call = call;
    this.#context = context;
  }

  get connection(): Connection {
    return this.#call.exchange.connection;
  }

  get informed(): boolean {
    return this.#informed;
  }

  /** The router took it. It may have written already, or even ended it. */
  opened(subscription: Subscription, timeoutMs: number | undefined): void {
    this.#subscription = subscription;
    if (this.#ended) return;
    const { streams, wheel, config } = this.#context;
    // On a connection that is being left, this ends it.
    streams.add(this);
    if (timeoutMs === undefined || this.#ended) return;
    this.#deadline = wheel.schedule(streamLifeMs(timeoutMs, config.streamEndMarginMs), this);
  }

  write(frame: Frame): boolean {
    if (this.#ended) return true;
    if (!this.#informed) this.#informed = !isHeartbeat(frame);
    const more = this.#call.write(frame.bytes);
    if (!this.#flowing) {
      this.#flowing = true;
      const due = this.#due;
      // Not from within the router's own write.
      if (due !== undefined) queueMicrotask(() => this.#finish(due));
    }
    return more;
  }

  end(refusal: Refusal | undefined): void {
    if (this.#ended) return;
    if (refusal === undefined) this.#remember();
    this.#leave();
    if (refusal === undefined) this.#call.succeed();
    else this.#call.fail(statusOf(refusal));
  }

  /** Its timeout is near: ended with OK, the client comes back at once; left to the client, it would count as lost. */
  deadlineDue(): void {
    this.#deadline = undefined;
    this.#finish('here');
  }

  /** Its client is moved: told to open nothing more on this connection. */
  finish(): void {
    this.#finish('away');
  }

  /** @param client whether it comes back on this connection */
  #finish(client: 'here' | 'away'): void {
    if (this.#ended) return;
    if (!this.#flowing) {
      this.#due = client;
      return;
    }
    if (client === 'here') this.#remember();
    else if (!this.#informed) this.#context.departures.remember(this.#name, this.#position());
    this.#leave();
    this.#subscription?.close();
    this.#call.succeed();
  }

  drained(): void {
    this.#subscription?.drained();
  }

  closed(): void {
    if (this.#ended) return;
    this.#leave();
    this.#subscription?.close();
  }

  #remember(): void {
    if (this.#informed) return;
    this.#context.resume.remember(this.connection, this.#name, this.#position());
  }

  #position(): Remembered {
    return this.#subscription?.position() ?? 'unknown';
  }

  #leave(): void {
    this.#ended = true;
    this.#context.streams.delete(this);
    this.#context.wheel.cancel(this.#deadline);
    this.#deadline = undefined;
  }
}

/** Field 3 of `_SubscriptionItem`, length-delimited. */
const heartbeatTag = 0x1a;

function isHeartbeat(frame: Frame): boolean {
  return frame.bytes[prefixBytes] === heartbeatTag;
}
