import { ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import { pubsub } from '../../proto/index.ts';
import { payloadOf, topicKey } from './payload.ts';
import { RawSubscription, type RawSubscriptionOptions } from './raw-subscription.ts';
import type { Watch } from './watch.ts';

const messageBytesMax = 16 * 1024 * 1024;

/** One connection of its own to the cluster, speaking the client wire without an SDK in between. */
export class RawClient {
  readonly stub: pubsub.PubsubClient;
  readonly watch: Watch;
  readonly #subscriptions: RawSubscription[] = [];

  /** @param endpoint host:port. */
  constructor(endpoint: string, watch: Watch) {
    this.watch = watch;
    this.stub = new pubsub.PubsubClient(endpoint, ChannelCredentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': messageBytesMax,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 200,
    });
  }

  /**
   * Publishes one item and awaits the answer, telling the oracle.
   * @returns the error, if the publish failed.
   */
  async publish(
    publisher: string,
    cache: string,
    topic: string,
    id: string,
    bytesMin = 0,
  ): Promise<ServiceError | undefined> {
    this.watch.started(publisher, topicKey(cache, topic), id);
    const error = await this.send(cache, topic, payloadOf(id, bytesMin));
    if (error) this.watch.oracle.publishFailed(id);
    else this.watch.oracle.publishAcked(id);
    return error;
  }

  /** Publishes without telling the oracle. */
  send(
    cacheName: string,
    topic: string,
    payload: string | Uint8Array,
    deadlineMs = 10_000,
  ): Promise<ServiceError | undefined> {
    const kind =
      typeof payload === 'string'
        ? ({ $case: 'text', value: payload } as const)
        : ({ $case: 'binary', value: payload } as const);
    return this.request({ cacheName, topic, value: { kind } }, deadlineMs);
  }

  /** Publishes whatever message, however wrong. */
  request(request: pubsub.PublishRequest, deadlineMs = 10_000): Promise<ServiceError | undefined> {
    return new Promise((resolve) => {
      const call = this.stub.publish(request, (error) => resolve(error ?? undefined));
      const timer = setTimeout(() => call.cancel(), deadlineMs);
      call.on('status', () => clearTimeout(timer));
    });
  }

  /** Opens a subscription; see `RawSubscription.attached` for when it is live. */
  subscribe(cache: string, topic: string, options: RawSubscriptionOptions = {}): RawSubscription {
    const subscription = new RawSubscription(this, { cacheName: cache, topic }, options);
    this.#subscriptions.push(subscription);
    return subscription;
  }

  /** Closes its subscriptions, then the connection. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.stub.close();
  }
}
