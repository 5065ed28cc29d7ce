import { pubsub } from '../../../proto/index.ts';
import type { Frame, StartAt } from '../../../router/index.ts';
import type { Position } from '../../support/oracle/index.ts';
import { ANSWER_MS_MAX, type ClientWorld, connect, RETRY_MS } from './client.ts';
import type { ClientPipe, ToClient } from './connections.ts';
import type { SimProcess } from './process.ts';

/** How a subscriber reads. */
export interface Reading {
  /** The application takes this long for each frame; 0: none. */
  readonly slowMs: number;
}

/** One subscription as an SDK holds it: stream after stream, each where the last one stood. */
export class Subscriber {
  readonly name: string;
  readonly topic: string;
  readonly #world: ClientWorld;
  readonly #process: SimProcess;
  readonly #reading: Reading;
  #pipe: ClientPipe | undefined;
  #position: Position | undefined;
  #streams = 0;
  #heard = false;
  #closed = false;
  /** Frames that wait for the application. */
  #busyUntilMs = 0;
  /** A stream ended without OK before it had a position: it can't tell what it missed. */
  #onForgotten: () => void;
  #cancelWait: () => void = () => {};

  constructor(
    name: string,
    topic: string,
    world: ClientWorld,
    process: SimProcess,
    reading: Reading,
    onForgotten: () => void,
  ) {
    this.name = name;
    this.topic = topic;
    this.#world = world;
    this.#process = process;
    this.#reading = reading;
    this.#onForgotten = onForgotten;
  }

  /** It has heard something on the stream it has. */
  get attached(): boolean {
    return this.#heard;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The application is through with what came. */
  get idle(): boolean {
    return this.#busyUntilMs <= this.#process.clock.monotonicMs();
  }

  open(): void {
    if (this.#closed) return;
    this.#heard = false;
    const router = this.#world.chooseRouter();
    const pipe = router && connect(this.#world, this.#process, router);
    if (!router || !pipe) return this.#retry();
    this.#pipe = pipe;
    const stream = `${this.name}#${this.#streams++}`;
    const at = this.#position;
    const asked = at && { page: at.page, sequence: at.sequence + 1 };
    const { oracle, trace, network } = this.#world;
    oracle.streamOpened(stream, this.name, this.topic, asked);
    trace.note(network.timeline.nowMs, stream, () => {
      return `asks ${router.process.host} for ${this.topic} from ${asked ? `${asked.page}/${asked.sequence}` : 'now'}`;
    });
    const { near } = pipe;
    const over = (ok: boolean): void => {
      if (this.#pipe !== pipe) return;
      this.#pipe = undefined;
      this.#heard = false;
      near.close('done');
      oracle.streamEnded(stream);
      this.#cancelWait();
      trace.note(network.timeline.nowMs, stream, () => (ok ? 'ended OK' : 'ended with an error'));
      if (!ok && !this.#position && !this.#closed) this.#onForgotten();
      if (ok) this.open();
      else this.#retry();
    };
    near.onMessage = (message) => this.#take(message, stream, pipe, over);
    near.onOver = () => over(false);
    near.send({ is: 'subscribe', topic: this.topic, start: startOf(at) });
    this.#cancelWait = this.#process.clock.after(ANSWER_MS_MAX, () => over(false));
  }

  /** The application is done with it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelWait();
    this.#pipe?.near.close('unsubscribed');
    this.#pipe = undefined;
    this.#world.oracle.subscriptionClosed(this.name);
  }

  #retry(): void {
    this.#process.clock.after(RETRY_MS, () => this.open());
  }

  #take(message: ToClient, stream: string, pipe: ClientPipe, over: (ok: boolean) => void): void {
    if (this.#pipe !== pipe) return;
    if (message.is === 'ended') return this.#whenRead(() => over(message.refusal === undefined));
    if (message.is !== 'frame') return;
    const { frame } = message;
    if (!this.#heard) this.#cancelWait();
    this.#heard = true;
    this.#whenRead(() => {
      if (this.#pipe !== pipe) return;
      for (const item of itemsOf(frame)) this.#read(item, stream);
      pipe.near.send({ is: 'read', bytes: frame.bytes.length });
    });
  }

  /** In order, each frame as slowly as the application is. */
  #whenRead(action: () => void): void {
    const { clock } = this.#process;
    const nowMs = clock.monotonicMs();
    if (this.#reading.slowMs === 0) return action();
    this.#busyUntilMs = Math.max(this.#busyUntilMs, nowMs) + this.#reading.slowMs;
    clock.after(this.#busyUntilMs - nowMs, action);
  }

  #read({ kind }: pubsub.SubscriptionItem, stream: string): void {
    const { oracle, trace, network } = this.#world;
    if (kind?.$case === 'heartbeat') return oracle.attached(stream);
    if (kind?.$case === 'discontinuity') {
      const { lastTopicSequence: last, newTopicSequence: next, newSequencePage: page } = kind.value;
      trace.note(network.timeline.nowMs, stream, () => `misses ${last} to ${next} of ${page}`);
      trace.mix(next);
      oracle.discontinuity(stream, { last, next, page });
      this.#position = { page, sequence: next };
    } else if (kind?.$case === 'item') {
      const { topicSequenceNumber: sequence, sequencePage: page, value } = kind.value;
      const payload = value?.kind?.$case === 'text' ? value.kind.value : '';
      trace.note(network.timeline.nowMs, stream, () => `gets ${page}/${sequence} "${payload}"`);
      trace.mix(sequence);
      this.#position = { page, sequence };
      oracle.item(stream, { page, sequence }, payload);
    } else throw new Error('a message without a kind');
  }
}

/** As the edge reads what an SDK asks. */
function startOf(at: Position | undefined): StartAt {
  return at ? { from: 'sequence', page: at.page, sequence: at.sequence + 1 } : { from: 'now' };
}

const read = new WeakMap<Frame, readonly pubsub.SubscriptionItem[]>();

/** Frames are shared by all subscriptions of a router: each is read once. */
function itemsOf(frame: Frame): readonly pubsub.SubscriptionItem[] {
  const known = read.get(frame);
  if (known) return known;
  const items: pubsub.SubscriptionItem[] = [];
  const bytes = Buffer.from(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.readUInt32BE(at + 1);
    items.push(pubsub.SubscriptionItem.decode(bytes.subarray(at + 5, at + 5 + size)));
    at += 5 + size;
  }
  read.set(frame, items);
  return items;
}
