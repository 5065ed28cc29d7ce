import { link } from '../../proto/index.ts';
import type { Cancel, Clock, Logger } from '../../runtime/index.ts';
import { committedMove, formatVersion, type Placement } from '../../topology/index.ts';
import type { Topics } from '../topics/index.ts';
import type { HandoffBounds } from './bounds.ts';
import type { Carrier } from './carriers.ts';
import { Departures } from './departures.ts';
import { type HandedOver, HandoffSource, type SourceOrder } from './source.ts';
import type { HandoffTarget, TargetOrder } from './target.ts';
import { type Waiter, WaitingRoom } from './waiting.ts';

export interface MoverOptions {
  readonly self: { readonly name: string; readonly incarnation: string };
  readonly bounds: HandoffBounds;
  readonly topics: Topics;
  readonly target: HandoffTarget;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onHandedOver?: (handedOver: HandedOver) => void;
  /** There is room again for requests that wait: routers that were refused may try again. */
  readonly onRoom: () => void;
}

/** Since the start. */
export interface MoverCounts {
  handedOver: number;
  taken: number;
  /** Came when there was no room, or when it couldn't be trusted; they began a new page here. */
  left: number;
}

export interface MoveProgress {
  readonly left: number;
  readonly handedOver: number;
  readonly taken: number;
  readonly done: boolean;
}

/** Handoffs made in one turn of the event loop; each holds others up for a millisecond or two. */
const HANDOFFS_PER_TURN = 2;

/** Does what the machines of a move decide: with the topics of this node, over its links, in its time. */
export class Mover {
  readonly #options: MoverOptions;
  readonly #source: HandoffSource;
  readonly #target: HandoffTarget;
  readonly #waiting: WaitingRoom;
  readonly #departures: Departures;
  readonly counts: MoverCounts = { handedOver: 0, taken: 0, left: 0 };
  #placement: Placement | undefined;
  /** This process missed a change of owners in the middle of a move. It may have had, and lost, what comes now. */
  #distrusts = false;
  #taken = 0;
  #toldOfRoom = false;
  #toldOfEnd = true;
  #turning = false;
  #stopTicking: Cancel | undefined;

  constructor(options: MoverOptions) {
    const { self, bounds, topics, target } = options;
    this.#options = options;
    this.#source = new HandoffSource(self.name, bounds, topics.moving);
    this.#target = target;
    this.#waiting = new WaitingRoom(bounds);
    this.#departures = new Departures(bounds.waitingMax);
  }

  /** Of the move in COMMIT; undefined: there is none. */
  get progress(): MoveProgress | undefined {
    if (!this.#placement || !committedMove(this.#placement.topology)) return undefined;
    const { left, handedOver, done } = this.#source;
    return { left, handedOver, taken: this.#taken, done };
  }

  /** Topics that are still to be handed over. */
  get left(): number {
    return this.#source.left;
  }

  /** Topics that began a new page elsewhere since the start: sealed for a process that is gone, or never handed over. */
  get lost(): number {
    return this.#source.lost + this.#options.topics.lost;
  }

  /** Requests that wait for a topic. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Another topology is in force; an audit of the topics follows.
   * @param missed owners changed in between, see `Applied`
   */
  follow(placement: Placement, missed: boolean): void {
    const nowMs = this.#nowMs();
    const before = this.#placement && committedMove(this.#placement.topology);
    const move = committedMove(placement.topology);
    this.#placement = placement;
    if (!move) {
      this.#distrusts = false;
      this.#taken = 0;
      this.#toldOfRoom = false;
    } else if (missed && before) {
      this.#distrusts = true;
    }
    this.#options.topics.moving.follow();
    this.#source.follow(this.#sourceOrder(placement), nowMs);
    this.#target.follow(this.#targetOrder(placement));
    this.#toldOfEnd = !this.#source.active;
    this.#admitAll(nowMs);
    this.#tickWhileActive();
    this.#takeTurn();
  }

  /** The audit of the topology in force is over. */
  scanned(): void {
    this.#source.scanned();
    this.#takeTurn();
  }

  linkOpened(carrier: Carrier): void {
    this.#source.linkOpened(carrier);
    this.#takeTurn();
  }

  linkClosed(carrier: Carrier): void {
    this.#source.linkClosed(carrier);
    this.#takeTurn();
  }

  /** A router brought topics of another storage node. The answer goes back the same way. */
  receive(handoff: link.Handoff): link.HandoffResult {
    const { from, to, version, number } = handoff;
    const received = this.#target.receive(handoff);
    if (received.is === 'not-yet') {
      return { from, to, version, number, outcome: link.HandoffOutcome.NOT_YET };
    }
    const nowMs = this.#nowMs();
    for (const state of received.topics) this.#install(state, nowMs);
    if (received.last) this.#admitAll(nowMs);
    return { from, to, version, number, outcome: link.HandoffOutcome.TAKEN };
  }

  /** A router brought an answer to a handoff of this node. */
  answered(result: link.HandoffResult, from: Carrier): void {
    const handedOver = this.#source.answered(result, from, this.#nowMs());
    if (handedOver) {
      this.counts.handedOver += handedOver.topics;
      this.#options.onHandedOver?.(handedOver);
    }
    this.#takeTurn();
  }

  /** A request for a topic whose state may still come; `go` is called when it may be tried again. undefined: no room. */
  wait(
    cache: string,
    topic: string,
    bytes: number,
    go: (nowMs: number) => void,
  ): Waiter | undefined {
    return this.#waiting.wait(cache, topic, bytes, go);
  }

  /** A router goes that waits for a topic since then: its clients come back through another one. */
  depart(cache: string, topic: string, sinceMs: number): void {
    const untilMs = this.#nowMs() + this.#options.bounds.orphansMs;
    this.#departures.note({ cache, topic, sinceMs, untilMs });
  }

  stop(): void {
    this.#stopTicking?.();
    this.#stopTicking = undefined;
  }

  #sourceOrder(placement: Placement): SourceOrder | undefined {
    const { name } = this.#options.self;
    const move = committedMove(placement.topology);
    if (!move || !this.#isNamed(placement) || !placement.sources.has(name)) return undefined;
    const others = move.ring.filter((member) => member !== name);
    return {
      version: placement.version,
      targets: new Map(others.map((to) => [to, placement.member(to)?.incarnation ?? ''])),
      heirOf: (cache, topic) => placement.heirOf(cache, topic)?.name,
    };
  }

  #targetOrder(placement: Placement): TargetOrder | undefined {
    const move = committedMove(placement.topology);
    if (!move?.ring.includes(this.#options.self.name)) return undefined;
    // Another run of this node would say TAKEN for a process that is gone.
    if (!this.#isNamed(placement)) return undefined;
    return { version: placement.version, sources: placement.sources };
  }

  #isNamed(placement: Placement): boolean {
    const { name, incarnation } = this.#options.self;
    return placement.member(name)?.incarnation === incarnation;
  }

  #install(state: link.TopicState, nowMs: number): void {
    const { moving } = this.#options.topics;
    if (this.#distrusts) {
      moving.leave(state);
      return this.#leave(state, nowMs);
    }
    const arrival = moving.take(state, nowMs);
    if (arrival === 'held') return;
    if (arrival === 'taken') {
      this.#taken += 1;
      this.counts.taken += 1;
      return this.#admit(state, nowMs);
    }
    this.#leave(state, nowMs);
    if (this.#toldOfRoom) return;
    this.#toldOfRoom = true;
    this.#options.log.warn(
      { topics: this.#options.topics.size },
      'no room for topics that are handed over here: they begin a new page',
    );
  }

  /** It isn't waited for any more: it begins a new page here, or is refused at once. */
  #leave(state: link.TopicState, nowMs: number): void {
    this.counts.left += 1;
    this.#target.refuse(state.cache, state.topic);
    this.#admit(state, nowMs);
  }

  #admit({ cache, topic }: link.TopicState, nowMs: number): void {
    const departure = this.#departures.take(cache, topic);
    if (departure) this.#options.topics.orphanArrived(cache, topic, departure, nowMs);
    this.#waiting.admit(cache, topic, nowMs);
  }

  #admitAll(nowMs: number): void {
    const { topics } = this.#options;
    this.#departures.settle((departure) => {
      return topics.orphanArrived(departure.cache, departure.topic, departure, nowMs);
    });
    this.#waiting.admitAll(nowMs);
    if (this.#waiting.takeRoomNotice()) this.#options.onRoom();
  }

  /** Time passes for those who weren't answered; and links that were busy may have room again. */
  #tickWhileActive(): void {
    if (!this.#source.active) return this.stop();
    const { clock, bounds } = this.#options;
    this.#stopTicking ??= clock.every(bounds.handoffRetryMs, () => this.#takeTurn());
  }

  #takeTurn(): void {
    if (this.#turning) return;
    this.#turning = true;
    this.#options.clock.turn(() => {
      this.#turning = false;
      this.#handOver();
    });
  }

  #handOver(): void {
    const nowMs = this.#nowMs();
    for (let made = 0; ; made++) {
      if (made === HANDOFFS_PER_TURN) return this.#takeTurn();
      const send = this.#source.next(nowMs);
      if (!send) break;
      send.carrier.carry(send.handoff, send.bytes);
    }
    this.#tickWhileActive();
    if (this.#toldOfEnd || this.#source.active) return;
    this.#toldOfEnd = true;
    const version = formatVersion(this.#placement?.version ?? { term: 0, epoch: 0 });
    this.#options.log.info(
      { version, topics: this.#source.handedOver },
      'every topic that moves is handed over',
    );
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
