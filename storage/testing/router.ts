import { type ClientDuplexStream, credentials, type StatusObject } from '@grpc/grpc-js';
import { link, pubsub } from '../../proto/index.ts';
import { self } from './topology.ts';

export interface SeenItem {
  readonly sequence: number;
  readonly page: number;
  readonly payload: string;
}

/** A router as a storage node sees it: one real link, every batch kept. Its connection is its own. */
export class TestRouter {
  readonly batches: link.StorageBatch[] = [];
  readonly stream: ClientDuplexStream<link.RouterBatch, link.StorageBatch>;
  /** How the link ended. */
  readonly ended: Promise<StatusObject>;
  readonly #client: link.LinkServiceClient;
  readonly #waiting = new Set<() => void>();

  constructor(port: number, { hello = true }: { readonly hello?: boolean } = {}) {
    this.#client = new link.LinkServiceClient(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.max_receive_message_length': -1,
    });
    this.stream = this.#client.open();
    this.stream.on('error', () => {});
    this.ended = new Promise((resolve) => this.stream.once('status', resolve));
    this.stream.on('data', (batch: link.StorageBatch) => {
      this.batches.push(batch);
      for (const check of this.#waiting) check();
    });
    if (hello) this.send({ hello: { cluster: self.cluster, router: 'r-0', incarnation: 'x' } });
  }

  send(batch: Partial<link.RouterBatch>): void {
    const empty = {
      hello: undefined,
      withdrawals: [],
      interests: [],
      publishes: [],
      replays: [],
      leaving: false,
      handoffs: [],
      handoffResults: [],
      topology: undefined,
      asksTopology: false,
    };
    this.stream.write({ ...empty, ...batch });
  }

  interest(feed: number, topic: string, page = 0, nextSequence = 0, cache = 'c'): void {
    this.send({ interests: [{ feed, cache, topic, page, nextSequence }] });
  }

  publish(request: number, topic: string, payload: string, cache = 'c'): void {
    const bytes = Buffer.from(payload);
    this.send({
      publishes: [{ request, cache, topic, payload: bytes, text: true, publisherId: '' }],
    });
  }

  replay(request: number, topic: string, fromSequence = 0, page = 0): void {
    this.send({ replays: [{ request, cache: 'c', topic, fromSequence, page }] });
  }

  /** Resolves with what `find` finds, as soon as it does. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const check = () => {
          this.#waiting.delete(check);
          resolve();
        };
        this.#waiting.add(check);
      });
    }
  }

  result(request: number): Promise<link.PublishResult> {
    const isAsked = (result: link.PublishResult) => result.request === request;
    return this.until(() =>
      this.batches.findLast(({ results }) => results.some(isAsked))?.results.find(isAsked),
    );
  }

  start(feed: number): Promise<link.Position> {
    return this.until(() => this.updates(feed).findLast((update) => update.start)?.start);
  }

  moved(feed: number): Promise<true> {
    return this.until(() => (this.updates(feed).some((update) => update.moved) ? true : undefined));
  }

  replayed(request: number): Promise<link.ReplayResult> {
    const all = () => this.batches.flatMap((batch) => batch.replays);
    return this.until(() => all().find((replay) => replay.request === request));
  }

  get results(): link.PublishResult[] {
    return this.batches.flatMap((batch) => batch.results);
  }

  get versions(): number[] {
    return this.batches.flatMap(({ version }) => (version ? [version.epoch] : []));
  }

  updates(feed: number): link.FeedUpdate[] {
    return this.batches.flatMap((batch) => batch.feeds).filter((update) => update.feed === feed);
  }

  /** Items of a feed; their numbers are checked against those of the updates that carried them. */
  items(feed: number): SeenItem[] {
    return this.updates(feed).flatMap(({ firstSequence, items }) =>
      items.map((bytes, index) => {
        const item = decodeItem(bytes);
        if (item.sequence !== firstSequence + index) throw new Error('misnumbered update');
        return item;
      }),
    );
  }

  close(): void {
    this.stream.cancel();
    this.#client.close();
  }
}

export function decodeItem(bytes: Uint8Array): SeenItem {
  const { kind } = pubsub.SubscriptionItem.decode(bytes);
  const value = kind?.$case === 'item' ? kind.value.value?.kind : undefined;
  if (kind?.$case !== 'item' || !value) throw new Error('not an item');
  return {
    sequence: kind.value.topicSequenceNumber,
    page: kind.value.sequencePage,
    payload: value.$case === 'text' ? value.value : Buffer.from(value.value).toString('hex'),
  };
}
