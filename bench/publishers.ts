import { setTimeout as delay } from 'node:timers/promises';
import { ChannelCredentials } from '@grpc/grpc-js';
import { pubsub } from '../proto/index.ts';

/** Connections that publish; each has its turn. */
export class Publishers {
  readonly #stubs: readonly pubsub.PubsubClient[];
  #next = 0;
  #stopped = false;

  /** @param endpoint host:port. */
  constructor(endpoint: string, connections: number) {
    this.#stubs = Array.from(
      { length: connections },
      () =>
        new pubsub.PubsubClient(endpoint, ChannelCredentials.createInsecure(), {
          'grpc.use_local_subchannel_pool': 1,
        }),
    );
  }

  /** Resolves when it was accepted. @returns milliseconds that it took. @throws the gRPC error otherwise. */
  publish(cacheName: string, topic: string, value: Uint8Array): Promise<number> {
    const stub = this.#stubs[this.#next++ % this.#stubs.length];
    const startMs = performance.now();
    return new Promise((resolve, reject) => {
      const kind = { $case: 'binary', value } as const;
      stub?.publish({ cacheName, topic, value: { kind } }, (error) => {
        if (error) reject(error);
        else resolve(performance.now() - startMs);
      });
    });
  }

  /** One item on each topic, `atOnce` at a time. */
  async fill(
    cache: string,
    topics: readonly string[],
    value: Uint8Array,
    atOnce: number,
  ): Promise<void> {
    const rest = topics.values();
    const work = async (): Promise<void> => {
      for (const topic of rest) await this.publish(cache, topic, value);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  /**
   * Publishes at a steady rate on these topics in turn, whether or not answers came, until stopped; resolves when the
   * last answers are in.
   * @param answered told how long each answer took, in milliseconds; undefined: the publish failed.
   */
  async steadily(
    cache: string,
    topics: readonly string[],
    value: Uint8Array,
    perSecond: number,
    answered: (tookMs: number | undefined) => void,
  ): Promise<void> {
    const startMs = performance.now();
    const waiting = new Set<Promise<void>>();
    for (let sent = 0; !this.#stopped; ) {
      const due = ((performance.now() - startMs) / 1000) * perSecond;
      for (; sent < due; sent++) {
        const topic = topics[sent % topics.length] ?? '';
        const answer = this.publish(cache, topic, value).then(answered, () => answered(undefined));
        waiting.add(answer);
        void answer.then(() => waiting.delete(answer));
      }
      await delay(5);
    }
    await Promise.all(waiting);
  }

  /** Ends what is published steadily. */
  stop(): void {
    this.#stopped = true;
  }

  close(): void {
    this.stop();
    for (const stub of this.#stubs) stub.close();
  }
}
