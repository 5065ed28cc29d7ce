import type { Connection } from '../../../h2/index.ts';
import {
  type Frame,
  isRefusal,
  type Position,
  type Refusal,
  type Sink,
  type Subscription,
} from '../../service.ts';
import type { CallContext } from '../context.ts';
import { type CallStream, refusalOf, type Status, statusOf } from '../grpc/index.ts';
import { type Asked, startOf } from '../start.ts';
import type { Stream } from '../streams.ts';
import type { HttpCall } from './call.ts';

/** How a subscription shows in HTTP. */
export interface View {
  /** Takes what the topic says. See `Sink.write`. */
  write(frame: Frame): boolean;
  /** Whether the client can say where it is once it has what was written. */
  readonly informed: boolean;
  /** The subscription is over, cleanly or for a reason; the answer ends. */
  conclude(refusal: Refusal | undefined): void;
}

/**
 * One subscription of the HTTP API: open until the view, the router, whoever moves clients, or the client ends it. May end
 * before anything was written: unlike gRPC clients, those of HTTP pause before they come back.
 */
export class TopicStream implements CallStream, Sink, Stream {
  readonly isSubscription = true;
  readonly connection: Connection;
  readonly #call: HttpCall;
  readonly #context: CallContext;
  readonly #view: View;
  #subscription: Subscription | undefined;
  #ended = false;

  constructor(call: HttpCall, context: CallContext, view: View) {
    this.connection = call.exchange.connection;
    this.#call = call;
    this.#context = context;
    this.#view = view;
  }

  /** Subscribes. Undefined: the call was refused. */
  open(asked: Asked): CallStream | undefined {
    const { name } = this.#call.target;
    const { departures, service, counts, streams } = this.#context;
    const isUnknowing = asked.sequence === 0 && asked.page === 0;
    const start = startOf(asked, isUnknowing ? departures.find(name) : undefined);
    const outcome = service.subscribe(name, start, this);
    if (isRefusal(outcome)) {
      counts.subscribed(outcome.refused);
      this.#call.fail(statusOf(outcome));
      return undefined;
    }
    counts.subscribed('opened');
    this.#subscription = outcome;
    // The router may have ended it already.
    if (this.#ended) return undefined;
    streams.add(this);
    return this;
  }

  get informed(): boolean {
    return this.#view.informed;
  }

  /** The last item or discontinuity that was written, or where it started; undefined: not known yet. */
  position(): Position | undefined {
    return this.#subscription?.position();
  }

  write(frame: Frame): boolean {
    return this.#ended || this.#view.write(frame);
  }

  end(refusal: Refusal | undefined): void {
    if (!this.#leave()) return;
    this.#view.conclude(refusal);
  }

  /** Its client is moved, or the view has what it wants. */
  finish(): void {
    if (!this.#leave()) return;
    if (!this.informed) {
      const position = this.position() ?? 'unknown';
      this.#context.departures.remember(this.#call.target.name, position);
    }
    this.#subscription?.close();
    this.#view.conclude(undefined);
  }

  drained(): void {
    this.#subscription?.drained();
  }

  closed(): void {
    if (this.#leave()) this.#subscription?.close();
  }

  #leave(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#context.streams.delete(this);
    return true;
  }
}

/** Answers what is wrong with a subscription before the router was asked. */
export function refuseSubscription(
  call: HttpCall,
  { counts }: CallContext,
  status: Status,
): undefined {
  counts.subscribed(refusalOf(status));
  call.fail(status);
}
