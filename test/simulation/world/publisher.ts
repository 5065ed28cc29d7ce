import { isRefusal } from '../../../router/index.ts';
import { ANSWER_MS_MAX, type ClientWorld, connect, RETRY_MS } from './client.ts';
import type { ClientPipe, ToClient } from './connections.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';

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
