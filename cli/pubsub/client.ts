import {
  type ChannelOptions,
  connectivityState,
  credentials,
  Metadata,
  status,
} from '@grpc/grpc-js';
import { publishing, pubsub, scs } from '../../proto/index.ts';
import { CliError, exitCodes } from '../exit.ts';
import { isForeign, lossOf, noCacheText, silenceText } from './failure.ts';
import type { Failure } from './publish-stream.ts';

const callMsMax = 10_000;

const channelOptions: ChannelOptions = {
  // A cluster is dialled at the address that was given, whatever proxy the environment names.
  'grpc.enable_http_proxy': 0,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
};

/** One cluster, as an application sees it. */
export class TopicClient {
  readonly endpoint: string;
  readonly cache: string;
  readonly pubsub: pubsub.PubsubClient;
  #publishing: publishing.PublishServiceClient | undefined;

  constructor(endpoint: string, cache: string) {
    this.endpoint = endpoint;
    this.cache = cache;
    this.pubsub = new pubsub.PubsubClient(endpoint, credentials.createInsecure(), channelOptions);
  }

  /** Resolves when the cluster has accepted the item. Rejects with CliError. */
  async publish(topic: string, value: pubsub.TopicValue): Promise<void> {
    const request = { cacheName: this.cache, topic, value };
    await new Promise<void>((resolve, reject) => {
      const deadline = Date.now() + callMsMax;
      this.pubsub.publish(request, new Metadata(), { deadline }, (error) => {
        if (error) this.explain(error).then(reject, reject);
        else resolve();
      });
    });
  }

  /** Begins a stream of publishes, on the connection of everything else. */
  publishStream(): ReturnType<publishing.PublishServiceClient['publish']> {
    const { endpoint } = this;
    this.#publishing ??= new publishing.PublishServiceClient(
      endpoint,
      credentials.createInsecure(),
      channelOptions,
    );
    return this.#publishing.publish();
  }

  /** Whether there is a connection to the cluster now. */
  get connected(): boolean {
    const clients = [this.pubsub, this.#publishing];
    return clients.some(
      (client) => client?.getChannel().getConnectivityState(false) === connectivityState.READY,
    );
  }

  /** A refused call in words, with the exit code that says so. */
  async explain(error: Failure): Promise<CliError> {
    const failed = (message: string): CliError => new CliError(exitCodes.failed, message);
    if (error.code === status.NOT_FOUND) {
      const message = noCacheText(this.cache, this.endpoint, await this.#caches());
      return new CliError(exitCodes.cacheNotFound, message);
    }
    if (error.code === status.UNIMPLEMENTED) {
      return this.#foreign(error.details);
    }
    const later = error.code === status.UNAVAILABLE || error.code === status.DEADLINE_EXCEEDED;
    if (!later) return failed(`refused by ${this.endpoint}: ${error.details}`);
    return this.connected
      ? failed(`${this.endpoint} could not do it now: ${error.details}`)
      : this.#notAnswering(error);
  }

  close(): void {
    this.pubsub.close();
    this.#publishing?.close();
  }

  #foreign(details: string): CliError {
    return new CliError(
      exitCodes.failed,
      `what answers at ${this.endpoint} is not a Topicplane client port${details === '' ? '' : ` (${details})`}: its address is in the first lines that \`topicplane local\` prints as "clients", or what \`topicplane status\` shows`,
    );
  }

  #notAnswering({ details }: Failure): CliError {
    if (isForeign(details)) return this.#foreign('');
    return new CliError(exitCodes.notAnswering, silenceText(this.endpoint, lossOf(details)));
  }

  /** Undefined when the cluster doesn't tell. */
  #caches(): Promise<readonly string[] | undefined> {
    const client = new scs.ScsControlClient(
      this.endpoint,
      credentials.createInsecure(),
      channelOptions,
    );
    return new Promise((resolve) => {
      const deadline = Date.now() + callMsMax;
      client.listCaches({ nextToken: '' }, new Metadata(), { deadline }, (error, response) => {
        client.close();
        resolve(error ? undefined : response.cache.map(({ cacheName }) => cacheName));
      });
    });
  }
}
