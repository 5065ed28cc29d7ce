import { type ServiceError, status } from '@grpc/grpc-js';
import type { pubsub } from '../../proto/index.ts';
import { CliError, exitCodes } from '../exit.ts';
import { count, quitOnBrokenPipe } from '../terminal/index.ts';
import { TopicClient } from './client.ts';
import { backText, interruptedText } from './interruption.ts';
import { type Output, outputFor } from './output.ts';
import { after, afterEnd, type Start } from './position.ts';

export interface SubscribeFlags {
  readonly endpoint: string;
  readonly cache: string;
  readonly from?: number;
  readonly page?: number;
  readonly count?: number;
  readonly json?: boolean;
}

/** `topicplane subscribe`. Resolves when `count` items were printed, or on SIGINT and SIGTERM. */
export async function subscribe(topic: string, flags: SubscribeFlags): Promise<void> {
  quitOnBrokenPipe();
  const { endpoint, cache, from = 0, page = 0 } = flags;
  if (page !== 0 && from === 0) {
    throw new CliError(exitCodes.usage, '--page says what --from counts in: give both');
  }
  const client = new TopicClient(endpoint, cache);
  const output = outputFor(process.stdout, process.stderr, flags.json ?? false);
  const subscriber = new Subscriber(client, topic, { sequence: from, page }, output, flags.count);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => subscriber.end());
  try {
    await subscriber.run();
  } finally {
    client.close();
  }
  output.note(`${count(subscriber.items, 'item')} received`);
}

/** How one stream ended. */
interface StreamEnd {
  readonly error: ServiceError | undefined;
  readonly fruitless: boolean;
}

/** One subscription over as many streams as it takes. */
class Subscriber {
  readonly #client: TopicClient;
  readonly #topic: string;
  readonly #output: Output;
  readonly #itemsMax: number;
  readonly #over: Promise<void>;
  #start: Start;
  #end: () => void = () => {};
  #ended = false;
  #served = false;
  #interrupted = false;
  items = 0;

  constructor(
    client: TopicClient,
    topic: string,
    start: Start,
    output: Output,
    itemsMax = Number.POSITIVE_INFINITY,
  ) {
    this.#client = client;
    this.#topic = topic;
    this.#start = start;
    this.#output = output;
    this.#itemsMax = itemsMax;
    this.#over = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  end(): void {
    this.#ended = true;
    this.#end();
  }

  async run(): Promise<void> {
    for (let fruitless = 0; !this.#ended; ) {
      const end = await this.#stream();
      if (this.#ended) return;
      fruitless = end.fruitless ? fruitless + 1 : 0;
      const next = afterEnd(end.error?.code ?? status.OK, this.#served, fruitless);
      if (next.kind === 'give-up') {
        throw end.error ? await this.#client.explain(end.error) : new Error('the stream ended');
      }
      if (end.error && !this.#interrupted) this.#interruptedBy(end.error);
      await Promise.race([this.#over, pause(next.inMs)]);
    }
  }

  #stream(): Promise<StreamEnd> {
    const { sequence, page } = this.#start;
    const stream = this.#client.pubsub.subscribe({
      cacheName: this.#client.cache,
      topic: this.#topic,
      resumeAtTopicSequenceNumber: sequence,
      sequencePage: page,
    });
    let fruitless = true;
    return new Promise((resolve) => {
      const finish = (error: ServiceError | undefined): void => resolve({ error, fruitless });
      stream.on('data', (message: pubsub.SubscriptionItem) => {
        if (this.#ended) return;
        if (fruitless) this.#heard();
        fruitless = false;
        const ready = this.#take(message);
        if (this.items >= this.#itemsMax) this.end();
        else if (ready) {
          stream.pause();
          void ready.then(() => stream.resume());
        }
      });
      stream.on('error', (error: ServiceError) => finish(error));
      stream.on('end', () => finish(undefined));
      void this.#over.then(() => {
        stream.cancel();
        finish(undefined);
      });
    });
  }

  /** The first message of a stream: the cluster serves it. */
  #heard(): void {
    if (!this.#served) this.#output.note(this.#greeting());
    else if (this.#interrupted) this.#output.warn(backText(this.#start));
    this.#served = true;
    this.#interrupted = false;
  }

  #interruptedBy(error: ServiceError): void {
    this.#interrupted = true;
    const { endpoint, connected } = this.#client;
    this.#output.warn(interruptedText(error.details, { endpoint, connected, at: this.#start }));
  }

  /** Returns what to wait for when the output is full. */
  #take(message: pubsub.SubscriptionItem): Promise<void> | undefined {
    const { page } = this.#start;
    this.#start = after(this.#start, message);
    switch (message.kind?.$case) {
      case 'item':
        this.items += 1;
        return this.#output.item(message.kind.value);
      case 'discontinuity':
        return this.#output.discontinuity(message.kind.value, page);
      case 'heartbeat':
      case undefined:
        return undefined;
    }
  }

  #greeting(): string {
    return `subscribed to ${this.#topic} in cache ${this.#client.cache}; Ctrl-C ends`;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
