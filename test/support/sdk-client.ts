import {
  CredentialProvider,
  NoopMomentoLoggerFactory,
  StaticTopicGrpcConfiguration,
  StaticTopicTransportStrategy,
  TopicClient,
  TopicClientConfiguration,
  type TopicConfiguration,
  TopicConfigurations,
  TopicPublish,
  TopicSubscribe,
} from '@gomomento/sdk';
import { idOf, payloadOf, topicKey } from './payload.ts';
import { SdkSubscription } from './sdk-subscription.ts';
import type { Arrivals, Watch } from './watch.ts';

export interface SdkOptions {
  /**
   * How long the answer to a keepalive may take; the SDK's default is 1 s. A process that plays hundreds of clients on a
   * loaded machine may stand still for longer, and would give its own connections up.
   */
  readonly keepAliveTimeoutMs?: number;
}

/** The real `@gomomento/sdk`, pointed at a local cluster as its users do, with every callback told to the oracle. */
export class SdkClient {
  readonly topics: TopicClient;
  readonly watch: Watch;

  /** @param endpoint host:port. */
  constructor(endpoint: string, watch: Watch, { keepAliveTimeoutMs }: SdkOptions = {}) {
    this.watch = watch;
    const [hostname, port] = endpoint.split(':');
    this.topics = new TopicClient({
      credentialProvider: CredentialProvider.forMomentoLocal({
        ...(hostname !== undefined && { hostname }),
        port: Number(port),
      }),
      configuration:
        keepAliveTimeoutMs === undefined ? defaults : withKeepAliveTimeout(keepAliveTimeoutMs),
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

const defaults = TopicConfigurations.Default.latest(new NoopMomentoLoggerFactory());

/** The SDK's defaults but for this. */
function withKeepAliveTimeout(keepAliveTimeoutMs: number): TopicConfiguration {
  const grpc = defaults.getTransportStrategy().getGrpcConfig();
  const keepAliveTimeMs = grpc.getKeepAliveTimeMS();
  return new TopicClientConfiguration({
    loggerFactory: defaults.getLoggerFactory(),
    transportStrategy: new StaticTopicTransportStrategy({
      grpcConfiguration: new StaticTopicGrpcConfiguration({
        numStreamClients: grpc.getNumStreamClients(),
        numUnaryClients: grpc.getNumUnaryClients(),
        keepAlivePermitWithoutCalls: 1,
        ...(keepAliveTimeMs !== undefined && { keepAliveTimeMs }),
        keepAliveTimeoutMs,
        deadlineMillis: grpc.getDeadlineMillis(),
      }),
    }),
    throwOnErrors: false,
    middlewares: [],
  });
}
