import { link, pubsub, type topo } from '../../proto/index.ts';
import { noVersion, Placement } from '../../topology/index.ts';
import { PlayedStream } from './played-stream.ts';

interface Topic {
  readonly page: number;
  readonly items: Uint8Array[];
  readonly feeds: Map<PlayedStream, number>;
}

type Asked = { readonly on: PlayedStream } & (
  | { readonly interest: link.Interest }
  | { readonly publish: link.Publish }
);

/** What a stream is told when the storage node has done its turn. */
interface Out {
  welcome: link.Welcome | undefined;
  version: topo.Version | undefined;
  readonly results: link.PublishResult[];
  readonly feeds: link.FeedUpdate[];
  readonly replays: link.ReplayResult[];
  readonly handoffs: link.Handoff[];
  readonly handoffResults: link.HandoffResult[];
  topology: topo.Topology | undefined;
}

/**
 * The least that a storage node can be and still keep the rules of docs/adr/0017: it keeps everything, has no bounds, and
 * passes topics on when the test says so. One cache, `c`.
 */
export class PlayedStorage {
  readonly name: string;
  readonly incarnation: string;
  readonly streams = new Set<PlayedStream>();
  readonly topics = new Map<string, Topic>();
  /** Publishes and interests, in the order they came, for topics that are on their way here. */
  #waiting: Asked[] = [];
  #placement: Placement | undefined;
  readonly #sealed = new Set<string>();
  #saidLast = new Set<string>();
  readonly #unanswered = new Map<number, link.Handoff>();
  #number = 0;
  readonly #outs = new Map<PlayedStream, Out>();

  constructor(name: string) {
    this.name = name;
    this.incarnation = `${name}-1`;
  }

  get member(): topo.Member {
    return { name: this.name, address: `${this.name}:1`, incarnation: this.incarnation };
  }

  get version(): topo.Version {
    return this.#placement?.version ?? noVersion;
  }

  /** Handoffs whose targets haven't said TAKEN. */
  get unanswered(): number {
    return this.#unanswered.size;
  }

  dial(): PlayedStream {
    const stream = new PlayedStream();
    this.streams.add(stream);
    stream.onArrived = (batch) => this.#receive(stream, batch);
    stream.onCancelled = () => {
      this.streams.delete(stream);
      this.#outs.delete(stream);
      for (const topic of this.topics.values()) topic.feeds.delete(stream);
      this.#waiting = this.#waiting.filter(({ on }) => on !== stream);
    };
    return stream;
  }

  offer(topology: topo.Topology): void {
    this.#placement = new Placement(topology);
    this.#saidLast = new Set();
    this.#unanswered.clear();
    if (topology.move === undefined) this.#sealed.clear();
    for (const name of this.topics.keys()) if (this.#holds(name) === 'not') this.#drop(name);
    for (const on of this.streams) this.#out(on).version = this.version;
    this.#askAgain();
    this.#flush();
  }

  /** Seals these topics, says so, and gives their states to one router; `last`: nothing more comes for this target. */
  passOn(names: readonly string[], to: string, via: PlayedStream, last = false): void {
    const states = names.flatMap((name) => {
      const topic = this.topics.get(name);
      if (!topic || this.#sealed.has(name)) return [];
      this.#drop(name);
      this.#sealed.add(name);
      return [{ name, topic }];
    });
    this.#number += 1;
    const handoff: link.Handoff = {
      from: this.name,
      to,
      version: this.version,
      number: this.#number,
      topics: states.map(({ name, topic }) => ({
        cache: 'c',
        topic: name,
        page: topic.page,
        head: topic.items.length,
        items: topic.items,
        agesMs: topic.items.map(() => 0),
        orphans: [],
      })),
      last,
    };
    this.#unanswered.set(handoff.number, handoff);
    this.#out(via).handoffs.push(handoff);
    this.#flush();
  }

  /** What a topic's items say, in order. */
  texts(name: string): string[] {
    return (this.topics.get(name)?.items ?? []).map((item) => {
      const { kind } = pubsub.SubscriptionItem.decode(item);
      const value = kind?.$case === 'item' ? kind.value.value?.kind : undefined;
      return value?.$case === 'text' ? value.value : '';
    });
  }

  /** Takes an item from another router than the one that is tested, if the topic is here. */
  publishElsewhere(name: string, text: string): boolean {
    if (this.#holds(name) !== 'mine' || !this.topics.has(name)) return false;
    this.#append(name, text);
    this.#flush();
    return true;
  }

  /** Has nothing of these topics and begins none. */
  seal(name: string): void {
    this.#sealed.add(name);
  }

  /** Gives everything that wasn't taken to a router once more. */
  passOnAgain(via: PlayedStream): void {
    this.#out(via).handoffs.push(...this.#unanswered.values());
    this.#flush();
  }

  #receive(on: PlayedStream, batch: link.RouterBatch): void {
    if (batch.hello) {
      this.#out(on).welcome = { storage: this.name, incarnation: this.incarnation };
      this.#out(on).version = this.version;
    }
    for (const feed of batch.withdrawals) this.#withdraw(on, feed);
    for (const interest of batch.interests) this.#ask({ on, interest });
    for (const publish of batch.publishes) this.#ask({ on, publish });
    for (const replay of batch.replays) this.#out(on).replays.push(this.#replay(replay));
    for (const handoff of batch.handoffs) this.#take(on, handoff);
    for (const { number, outcome } of batch.handoffResults) {
      if (outcome === link.HandoffOutcome.TAKEN) this.#unanswered.delete(number);
    }
    if (batch.asksTopology) this.#out(on).topology = this.#placement?.topology;
    this.#flush();
    if (batch.topology) this.offer(batch.topology);
  }

  #holds(name: string): 'mine' | 'waits' | 'not' {
    const { name: me, incarnation } = this;
    const placement = this.#placement;
    if (!placement || this.#sealed.has(name)) return 'not';
    if (placement.owns(me, incarnation, 'c', name)) return 'mine';
    if (!placement.inherits(me, incarnation, 'c', name)) return 'not';
    const source = placement.ownerOf('c', name)?.name ?? '';
    return this.topics.has(name) || this.#saidLast.has(source) ? 'mine' : 'waits';
  }

  #ask(asked: Asked): void {
    const name = 'interest' in asked ? asked.interest.topic : asked.publish.topic;
    const holds = this.#holds(name);
    if (holds === 'waits') this.#waiting.push(asked);
    else if ('interest' in asked) this.#attach(asked.on, asked.interest, holds === 'mine');
    else this.#publish(asked.on, asked.publish, holds === 'mine');
  }

  #askAgain(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const asked of waiting) this.#ask(asked);
  }

  #attach(on: PlayedStream, interest: link.Interest, mine: boolean): void {
    const { feed, topic: name, page, nextSequence } = interest;
    if (!mine) return this.#tell(on, { feed, moved: true });
    const topic = this.#open(name);
    topic.feeds.set(on, feed);
    const end = topic.items.length + 1;
    const held = page === topic.page && nextSequence >= 1 && nextSequence <= end;
    const sequence = page === 0 ? end : held ? nextSequence : 1;
    this.#tell(on, {
      feed,
      start: { page: topic.page, sequence },
      firstSequence: sequence,
      items: topic.items.slice(sequence - 1),
    });
  }

  #withdraw(on: PlayedStream, feed: number): void {
    for (const topic of this.topics.values()) {
      if (topic.feeds.get(on) === feed) topic.feeds.delete(on);
    }
    this.#waiting = this.#waiting.filter(
      (asked) => !('interest' in asked && asked.on === on && asked.interest.feed === feed),
    );
  }

  #publish(on: PlayedStream, { request, topic: name, payload }: link.Publish, mine: boolean): void {
    const { ACCEPTED, MOVED } = link.Outcome;
    if (!mine) {
      this.#out(on).results.push({ request, outcome: MOVED, page: 0, sequence: 0 });
      return;
    }
    const position = this.#append(name, Buffer.from(payload).toString());
    this.#out(on).results.push({ request, outcome: ACCEPTED, ...position });
  }

  #append(name: string, text: string): { readonly page: number; readonly sequence: number } {
    const topic = this.#open(name);
    const { page } = topic;
    const sequence = topic.items.length + 1;
    const item = encode(page, sequence, text);
    topic.items.push(item);
    for (const [to, feed] of topic.feeds) {
      this.#tell(to, { feed, firstSequence: sequence, items: [item] });
    }
    return { page, sequence };
  }

  #replay({ request, topic: name, fromSequence, page }: link.Replay): link.ReplayResult {
    const { ACCEPTED, MOVED } = link.Outcome;
    if (this.#holds(name) !== 'mine') {
      return { request, outcome: MOVED, page: 0, firstSequence: 0, items: [] };
    }
    const topic = this.#open(name);
    const end = topic.items.length + 1;
    const held = (page === 0 || page === topic.page) && fromSequence <= end;
    const first = fromSequence === 0 ? Math.max(end - 1, 1) : held ? fromSequence : 1;
    const items = topic.items.slice(first - 1);
    return { request, outcome: ACCEPTED, page: topic.page, firstSequence: first, items };
  }

  #take(on: PlayedStream, { from, to, version, number, topics, last }: link.Handoff): void {
    const { TAKEN, NOT_YET } = link.HandoffOutcome;
    const isNow = version?.term === this.version.term && version.epoch === this.version.epoch;
    const outcome = isNow ? TAKEN : NOT_YET;
    this.#out(on).handoffResults.push({ from, to, version, number, outcome });
    if (!isNow) return;
    for (const { topic: name, page, items } of topics) {
      if (!this.topics.has(name))
        this.topics.set(name, { page, items: [...items], feeds: new Map() });
    }
    if (last) this.#saidLast.add(from);
    this.#askAgain();
  }

  #open(name: string): Topic {
    let topic = this.topics.get(name);
    if (!topic) {
      topic = { page: 100 + this.version.epoch, items: [], feeds: new Map() };
      this.topics.set(name, topic);
    }
    return topic;
  }

  #drop(name: string): void {
    for (const [on, feed] of this.topics.get(name)?.feeds ?? [])
      this.#tell(on, { feed, moved: true });
    this.topics.delete(name);
  }

  #tell(on: PlayedStream, part: Partial<link.FeedUpdate> & { readonly feed: number }): void {
    this.#out(on).feeds.push({
      start: undefined,
      firstSequence: 0,
      items: [],
      moved: false,
      orphanedAfter: undefined,
      ...part,
    });
  }

  #out(on: PlayedStream): Out {
    let out = this.#outs.get(on);
    if (!out) {
      out = {
        welcome: undefined,
        version: undefined,
        results: [],
        feeds: [],
        replays: [],
        handoffs: [],
        handoffResults: [],
        topology: undefined,
      };
      this.#outs.set(on, out);
    }
    return out;
  }

  #flush(): void {
    for (const [on, out] of this.#outs) on.say(out);
    this.#outs.clear();
  }
}

function encode(page: number, sequence: number, text: string): Uint8Array {
  const value = { kind: { $case: 'text' as const, value: text } };
  return pubsub.SubscriptionItem.encode({
    kind: {
      $case: 'item',
      value: { topicSequenceNumber: sequence, sequencePage: page, publisherId: '', value },
    },
  }).finish();
}
