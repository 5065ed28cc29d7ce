import type { Attached, SimProcess } from './process.ts';
import type { Random } from './random.ts';
import type { Timeline } from './timeline.ts';

/** How long messages are on their way, in milliseconds. */
export interface Weather {
  readonly usualMs: number;
  /** Of one message in `spikeEvery`. */
  readonly spikeMs: number;
  readonly spikeEvery: number;
}

/**
 * Who can reach whom. Each way between two processes keeps its order; different ways don't wait for each other. What is
 * sent while a direction is blocked waits, as in a kernel that sends it again and again, and comes when it is open.
 */
export class Network {
  readonly timeline: Timeline;
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #blocked = new Set<string>();
  readonly #holding = new Set<Way>();

  constructor(timeline: Timeline, random: Random, weather: Weather) {
    this.timeline = timeline;
    this.#random = random;
    this.#weather = weather;
  }

  way(from: SimProcess, to: SimProcess): Way {
    return new Way(this, from, to);
  }

  delayMs(): number {
    const { usualMs, spikeMs, spikeEvery } = this.#weather;
    const roll = this.#random.unit();
    if (roll * spikeEvery < 1) return spikeMs * roll * spikeEvery;
    return usualMs * (0.5 + roll);
  }

  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`);
  }

  unblock(from: string, to: string): void {
    if (this.#blocked.delete(`${from}>${to}`)) this.#release();
  }

  unblockAll(): void {
    this.#blocked.clear();
    this.#release();
  }

  isBlocked(from: SimProcess, to: SimProcess): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${from.host}>${to.host}`);
  }

  hold(way: Way): void {
    this.#holding.add(way);
  }

  #release(): void {
    for (const way of [...this.#holding]) {
      if (this.isBlocked(way.from, way.to)) continue;
      this.#holding.delete(way);
      way.release();
    }
  }
}

/** One direction between two processes. */
export class Way {
  readonly from: SimProcess;
  readonly to: SimProcess;
  readonly #network: Network;
  readonly #held: (() => void)[] = [];
  #lastMs = 0;

  constructor(network: Network, from: SimProcess, to: SimProcess) {
    this.#network = network;
    this.from = from;
    this.to = to;
  }

  /** Lets `arrive` happen at the other end, some time from now. */
  send(arrive: () => void): void {
    if (this.#held.length > 0 || this.#network.isBlocked(this.from, this.to)) {
      this.#held.push(arrive);
      this.#network.hold(this);
      return;
    }
    const { timeline } = this.#network;
    this.#lastMs = Math.max(this.#lastMs, timeline.nowMs + this.#network.delayMs());
    timeline.at(this.#lastMs, this.to, arrive);
  }

  release(): void {
    const held = this.#held.splice(0);
    for (const arrive of held) this.send(arrive);
  }
}

/** A connection between two processes, like a stream of gRPC: messages both ways, whole and in order, until it ends. */
export class Pipe<Up, Down> {
  /** The end of the one who asked for it. */
  readonly near: PipeEnd<Up, Down>;
  readonly far: PipeEnd<Down, Up>;
  readonly #network: Network;
  /** Nothing gets through any more, whatever its ends believe. */
  broken = false;

  constructor(network: Network, from: SimProcess, to: SimProcess) {
    this.#network = network;
    this.near = new PipeEnd(this, from, network.way(from, to));
    this.far = new PipeEnd(this, to, network.way(to, from));
    this.near.peer = this.far;
    this.far.peer = this.near;
  }

  /** A reset: both ends hear of it, each in its time; what was on its way is gone. */
  cut(): void {
    if (this.broken) return;
    this.broken = true;
    this.reset();
  }

  /** Ends of a broken one are told. */
  reset(): void {
    if (!this.broken) return;
    for (const end of [this.near, this.far]) {
      const { process } = end;
      this.#network.timeline.after(this.#network.delayMs(), process, () => end.over('reset'));
    }
  }

  /** Nobody hears of it. */
  lose(): void {
    this.broken = true;
  }
}

export class PipeEnd<Out, In> implements Attached {
  readonly process: SimProcess;
  peer!: PipeEnd<In, Out>;
  readonly #pipe: { readonly broken: boolean };
  readonly #way: Way;
  #open = true;
  onMessage: (message: In) => void = () => {};
  /** Once; not after `close`. */
  onOver: (reason: string) => void = () => {};

  constructor(pipe: { readonly broken: boolean }, process: SimProcess, way: Way) {
    this.#pipe = pipe;
    this.process = process;
    this.#way = way;
    process.attached.add(this);
  }

  get open(): boolean {
    return this.#open;
  }

  send(message: Out): void {
    if (!this.#open || this.#pipe.broken) return;
    this.#way.send(() => {
      if (!this.#pipe.broken) this.peer.#receive(message);
    });
  }

  /** Ends it from here; the other end hears of it behind all that was sent. */
  close(reason: string): void {
    if (!this.#open) return;
    this.#forget();
    if (this.#pipe.broken) return;
    this.#way.send(() => {
      if (!this.#pipe.broken) this.peer.over(reason);
    });
  }

  over(reason: string): void {
    if (!this.#open) return;
    this.#forget();
    this.onOver(reason);
  }

  ownerEnded(abrupt: boolean): void {
    if (abrupt) this.#forget();
    else this.close('the process ended');
  }

  #receive(message: In): void {
    if (this.#open) this.onMessage(message);
  }

  #forget(): void {
    this.#open = false;
    this.process.attached.delete(this);
  }
}
