import type { TopicSubscribe } from '@gomomento/sdk';
import type { Notice } from './oracle/index.ts';
import type { Arrivals, Watch } from './watch.ts';

/**
 * The part of the SDK's subscription that knows the page of the item at hand, which items themselves don't carry, and
 * that is told of every stream that is opened for it.
 */
interface WithState {
  readonly subscriptionState: { readonly lastTopicSequencePage: number; setSubscribed(): void };
}

/**
 * One subscription of the SDK. To the oracle it is one stream, which must go on across breaks as if there were none.
 */
export class SdkSubscription {
  readonly name: string;
  readonly notices: Notice[] = [];
  readonly errors: TopicSubscribe.Error[] = [];
  items = 0;
  connectionsLost = 0;
  /** Streams that the SDK opened so far: 1, and one more each time it came back. */
  streams = 1;
  /** When the last message came, and the longest silence between two so far, on the monotonic clock. */
  lastMessageMs = performance.now();
  silenceMsMax = 0;
  readonly #watch: Watch;
  readonly #arrivals: Arrivals;
  #state: WithState | undefined;
  #subscription: TopicSubscribe.Subscription | undefined;

  constructor(name: string, topic: string, watch: Watch, arrivals: Arrivals) {
    this.name = name;
    this.#watch = watch;
    this.#arrivals = arrivals;
    watch.oracle.streamOpened(name, name, topic, undefined);
  }

  get isSubscribed(): boolean {
    return this.#subscription?.isSubscribed ?? false;
  }

  hold(subscription: TopicSubscribe.Subscription): void {
    this.#subscription = subscription;
    this.#state = subscription as unknown as WithState;
    const { subscriptionState } = this.#state;
    const setSubscribed = subscriptionState.setSubscribed.bind(subscriptionState);
    subscriptionState.setSubscribed = () => {
      this.streams++;
      setSubscribed();
    };
  }

  item(sequence: number, id: string): void {
    const page = this.#state?.subscriptionState.lastTopicSequencePage;
    if (page === undefined) throw new Error(`${this.name}: an item came before the subscription`);
    this.items++;
    const position = { page, sequence };
    this.#watch.oracle.item(this.name, position, id);
    this.#message();
    this.#arrivals.item?.(id, this.lastMessageMs, position);
  }

  discontinuity(notice: Notice): void {
    this.notices.push(notice);
    this.#watch.oracle.discontinuity(this.name, notice);
    this.#message();
  }

  heartbeat(): void {
    this.#watch.oracle.attached(this.name);
    this.#message();
  }

  connectionLost(): void {
    this.connectionsLost++;
  }

  /** The SDK gave up. */
  failed(error: TopicSubscribe.Error): void {
    this.errors.push(error);
  }

  /** Starts measuring silence anew. */
  forgetSilence(): void {
    this.silenceMsMax = 0;
    this.lastMessageMs = performance.now();
  }

  close(): void {
    this.#watch.oracle.subscriptionClosed(this.name);
    this.#subscription?.unsubscribe();
  }

  #message(): void {
    const nowMs = performance.now();
    this.silenceMsMax = Math.max(this.silenceMsMax, nowMs - this.lastMessageMs);
    this.lastMessageMs = nowMs;
    this.#arrivals.message?.(nowMs);
  }
}
