import { pubsub } from '../../../proto/index.ts';
import { type Frame, isRefusal, type StartAt } from '../../../router/index.ts';
import type { Oracle, Position } from '../../support/oracle/index.ts';
import { type ClientPipe, type ToClient, type ToRouter } from './connections.ts';
import { type Network, Pipe } from './network.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { RouterMember } from './router-member.ts';
import type { Trace } from './trace.ts';

/** What every client needs of the world. */
export interface ClientWorld {
  readonly network: Network;
  readonly oracle: Oracle;
  readonly trace: Trace;
  /** A router that takes clients, as the Service chooses; undefined: there is none. */
  chooseRouter(): RouterMember | undefined;
}

/** What SDKs wait before they come back after an error. */
const RETRY_MS = 500;
/** What SDKs wait for an answer, and for the first message of a stream. */
const ANSWER_MS_MAX = 5_000;

export function connect(
  world: ClientWorld,
  from: SimProcess,
  to: RouterMember,
): ClientPipe | undefined {
  if (to.process.ended) return undefined;
  const pipe = new Pipe<ToRouter, ToClient>(world.network, from, to.process);
  to.accept(pipe);
  return pipe;
}

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

/** Publishes one item after the other, each after the answer to the last, now on this topic and now on that. */
export class Publisher {
  readonly name: string;
  readonly #world: ClientWorld;
  readonly #process: SimProcess;
  readonly #random: Random;
  readonly #topics: readonly string[];
  readonly #paceMs: number;
  #pipe: ClientPipe | undefined;
  #leaving = false;
  #going = false;
  #sent = 0;
  #waiting: { readonly id: number; readonly text: string } | undefined;
  #cancelWait: () => void = () => {};
  /** The last refusals, for people. */
  readonly refusals: string[] = [];

  constructor(
    name: string,
    topics: readonly string[],
    paceMs: number,
    world: ClientWorld,
    process: SimProcess,
    random: Random,
  ) {
    this.name = name;
    this.#topics = topics;
    this.#paceMs = paceMs;
    this.#world = world;
    this.#process = process;
    this.#random = random;
  }

  get idle(): boolean {
    return this.#waiting === undefined;
  }

  start(): void {
    if (this.#going) return;
    this.#going = true;
    this.#next();
  }

  stop(): void {
    this.#going = false;
  }

  /** One item on this topic; returns its text. Only while idle and stopped. */
  probe(topic: string): string {
    if (this.#going || this.#waiting) throw new Error(`${this.name} is at work`);
    const text = `${this.name} probes ${this.#sent++}`;
    this.#publish(topic, text);
    return text;
  }

  #next(): void {
    if (!this.#going || this.#waiting) return;
    const delayMs = this.#random.between(0.1, 2 * this.#paceMs);
    this.#process.clock.after(delayMs, () => {
      if (!this.#going || this.#waiting) return;
      this.#publish(this.#random.pick(this.#topics), `${this.name}:${this.#sent++}`);
    });
  }

  #publish(topic: string, text: string): void {
    const { oracle, trace, network } = this.#world;
    const id = this.#sent;
    oracle.publishStarted(this.name, topic, text);
    this.#waiting = { id, text };
    const pipe = this.#connected();
    trace.note(network.timeline.nowMs, this.name, () => {
      return `publishes "${text}" on ${topic} at ${pipe?.far.process.host ?? 'nobody'}`;
    });
    if (!pipe) return this.#failed('there is no router');
    pipe.near.send({ is: 'publish', id, topic, text });
    this.#cancelWait = this.#process.clock.after(ANSWER_MS_MAX, () => {
      pipe.near.close('no answer');
      if (this.#pipe === pipe) this.#pipe = undefined;
      this.#failed(`no answer within ${ANSWER_MS_MAX} ms`);
    });
  }

  #connected(): ClientPipe | undefined {
    if (this.#pipe?.near.open && !this.#leaving) return this.#pipe;
    this.#pipe?.near.close('done');
    this.#pipe = undefined;
    this.#leaving = false;
    const router = this.#world.chooseRouter();
    const pipe = router && connect(this.#world, this.#process, router);
    if (!pipe) return undefined;
    this.#pipe = pipe;
    pipe.near.onMessage = (message) => {
      if (this.#pipe !== pipe) return;
      if (message.is === 'leave') this.#leave();
      else if (message.is === 'answer') this.#answered(message);
    };
    pipe.near.onOver = (reason) => {
      if (this.#pipe !== pipe) return;
      this.#pipe = undefined;
      if (this.#waiting) this.#failed(reason);
    };
    return pipe;
  }

  /** GOAWAY: what is under way is finished here, the rest goes elsewhere. */
  #leave(): void {
    this.#leaving = true;
    if (this.#waiting) return;
    this.#pipe?.near.close('done');
    this.#pipe = undefined;
  }

  #answered({ id, result }: ToClient & { is: 'answer' }): void {
    const waiting = this.#waiting;
    if (waiting?.id !== id) return;
    if (isRefusal(result)) return this.#failed(`${result.refused}: ${result.message}`);
    this.#cancelWait();
    this.#waiting = undefined;
    const { oracle, trace, network } = this.#world;
    trace.note(network.timeline.nowMs, this.name, () => {
      return `was told "${waiting.text}" is ${result.page}/${result.sequence}`;
    });
    oracle.publishAcked(waiting.text);
    if (this.#leaving) this.#leave();
    this.#next();
  }

  #failed(why: string): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#cancelWait();
    this.#waiting = undefined;
    this.refusals.push(why);
    const { oracle, trace, network } = this.#world;
    trace.note(network.timeline.nowMs, this.name, () => `failed with "${waiting.text}": ${why}`);
    oracle.publishFailed(waiting.text);
    if (this.#going) this.#process.clock.after(RETRY_MS, () => this.#next());
  }
}
