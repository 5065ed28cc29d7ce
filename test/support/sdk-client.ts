import {
  CredentialProvider,
  NoopMomentoLoggerFactory,
  TopicClient,
  TopicConfigurations,
  TopicPublish,
  TopicSubscribe,
} from '@gomomento/sdk';
import { idOf, payloadOf, topicKey } from './payload.ts';
import { SdkSubscription } from './sdk-subscription.ts';
import type { Arrivals, Watch } from './watch.ts';

/** The real `@gomomento/sdk`, pointed at a local cluster as its users do, with every callback told to the oracle. */
export class SdkClient {
  readonly topics: TopicClient;
  readonly watch: Watch;

  /** @param endpoint host:port. */
  constructor(endpoint: string, watch: Watch) {
    this.watch = watch;
    const [hostname, port] = endpoint.split(':');
    this.topics = new TopicClient({
      credentialProvider: CredentialProvider.forMomentoLocal({
        ...(hostname !== undefined && { hostname }),
        port: Number(port),
      }),
      configuration: TopicConfigurations.Default.latest(new NoopMomentoLoggerFactory()),
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
  ): Promise<Error | undefined> {
    this.watch.started(publisher, topicKey(cache, topic), id);
    const answer = await this.topics.publish(cache, topic, payloadOf(id, bytesMin));
    if (answer instanceof TopicPublish.Error) {
      this.watch.oracle.publishFailed(id);
      return new Error(answer.toString());
    }
    this.watch.oracle.publishAcked(id);
    return undefined;
  }

  /**
   * Subscribes from now on; resolves when the first message came.
   * @throws Error in the SDK's words when the subscription is refused.
   */
  async subscribe(cache: string, topic: string, arrivals: Arrivals = {}): Promise<SdkSubscription> {
    const name = this.watch.name(`${topic} sdk`);
    const subscription = new SdkSubscription(name, topicKey(cache, topic), this.watch, arrivals);
    const answer = await this.topics.subscribe(cache, topic, {
      onItem: (item) => {
        const value = item.value();
        const text = typeof value === 'string' ? value : Buffer.from(value).toString();
        subscription.item(item.sequenceNumber(), idOf(text));
      },
      onDiscontinuity: (notice) =>
        subscription.discontinuity({
          last: notice.lastSequenceNumber(),
          next: notice.newSequenceNumber(),
          page: notice.newSequencePage(),
        }),
      onHeartbeat: () => subscription.heartbeat(),
      onConnectionLost: () => subscription.connectionLost(),
      onError: (error) => subscription.failed(error),
    });
    if (answer instanceof TopicSubscribe.Error) throw new Error(answer.toString());
    subscription.hold(answer);
    return subscription;
  }
}
