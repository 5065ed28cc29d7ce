import { link, type topo } from '../../proto/index.ts';
import { compareVersions } from '../../topology/index.ts';
import { type BatchBounds, stateBytes } from '../topics/index.ts';
import type { HandoffBounds } from './bounds.ts';
import { type Carrier, Carriers } from './carriers.ts';

/** What a topology in COMMIT asks of a source. */
export interface SourceOrder {
  readonly version: topo.Version;
  /** Who gets handoffs, name -> incarnation: every member of the new ring but the source. */
  readonly targets: ReadonlyMap<string, string>;
  /** The storage node that a topic of this source goes to; undefined: none. */
  heirOf(cache: string, topic: string): string | undefined;
}

/** The topics of a source, as the machine needs them. */
export interface Seals {
  readonly left: number;
  leftFor(to: string): number;
  handOver(to: string, bounds: BatchBounds, nowMs: number): link.TopicState[];
  close(to: string): void;
}

/** What is to be given to which link. */
export interface Send {
  readonly carrier: Carrier;
  readonly handoff: link.Handoff;
  readonly bytes: number;
}

/** So many topics were taken by their heir, so long after they were sealed. */
export interface HandedOver {
  readonly topics: number;
  readonly pauseMs: number;
}

/**
 * new: not spoken to. asking: the way isn't known to be open, nor that the target holds this version. handing: gets topics.
 * ending: has them all, `last` is on its way. done: knows that nothing more comes.
 */
type Stage = 'new' | 'asking' | 'handing' | 'ending' | 'done';

interface Target {
  readonly name: string;
  readonly incarnation: string;
  stage: Stage;
  /** Handoffs with topics that weren't answered TAKEN. */
  inFlight: number;
}

interface Sent {
  readonly what: 'ask' | 'topics' | 'last';
  readonly to: Target;
  readonly handoff: link.Handoff;
  readonly bytes: number;
  /** When its topics were sealed. */
  readonly sealedMs: number;
  /** Where it went last; undefined: it has to go out (again). */
  carrier: Carrier | undefined;
  dueMs: number;
}

/** A handoff beside its topics. */
const HANDOFF_BYTES = 128;

/**
 * A source in the COMMIT of a move, as a step machine: told what happens, it says what to seal and to send. Time and
 * links come with every call; the topics are asked for when they are sealed.
 *
 *     for each target:  new --ask--> asking --TAKEN--> handing --all topics TAKEN--> ending --last TAKEN--> done
 *
 * What isn't answered goes out again after `handoffTimeoutMs` and what its bytes may take, or `handoffRetryMs` after a NOT_YET, or when its link is
 * gone; through another link where there is one. Every version begins anew with all targets; what is sealed and was not
 * TAKEN goes on to its heir if that is still the same process. Otherwise it is lost: its numbering may have gone on there.
 */
export class HandoffSource {
  readonly #self: string;
  readonly #bounds: HandoffBounds;
  readonly #seals: Seals;
  readonly #carriers = new Carriers();
  readonly #sent = new Map<number, Sent>();
  #order: SourceOrder | undefined;
  #targets = new Map<string, Target>();
  #scanned = false;
  #number = 0;
  #onTheWay = 0;
  #handedOver = 0;
  #lost = 0;

  constructor(self: string, bounds: HandoffBounds, seals: Seals) {
    this.#self = self;
    this.#bounds = bounds;
    this.#seals = seals;
  }

  /** It has something to do, sooner or later. */
  get active(): boolean {
    return this.#order !== undefined && !this.done;
  }

  /** Every target has everything and knows that nothing more comes; also when nobody asks for anything. */
  get done(): boolean {
    if (!this.#order) return true;
    if (!this.#scanned) return false;
    for (const { stage } of this.#targets.values()) if (stage !== 'done') return false;
    return true;
  }

  /** Topics to be handed over, those on their way among them. */
  get left(): number {
    return this.#order ? this.#seals.left + this.#onTheWay : 0;
  }

  /** Topics TAKEN in this move. */
  get handedOver(): number {
    return this.#handedOver;
  }

  /** Topics sealed for a process that is gone before it said TAKEN, since the start. */
  get lost(): number {
    return this.#lost;
  }

  /** A topology is in force. undefined: it doesn't make this node a source. */
  follow(order: SourceOrder | undefined, nowMs: number): void {
    const before = [...this.#sent.values()];
    this.#sent.clear();
    this.#onTheWay = 0;
    for (const { carrier } of before) if (carrier) this.#carriers.settled(carrier);
    this.#carriers.forgive();
    this.#order = order;
    this.#scanned = false;
    this.#targets = new Map();
    if (!order) this.#handedOver = 0;
    for (const [name, incarnation] of order?.targets ?? []) {
      this.#targets.set(name, { name, incarnation, stage: 'new', inFlight: 0 });
    }
    for (const sent of before) this.#carryOver(sent, nowMs);
  }

  /** Every topic was looked at: what is to be handed over is known. */
  scanned(): void {
    this.#scanned = true;
  }

  linkOpened(carrier: Carrier): void {
    this.#carriers.add(carrier);
  }

  linkClosed(carrier: Carrier): void {
    this.#carriers.remove(carrier);
    for (const sent of this.#sent.values()) if (sent.carrier === carrier) sent.carrier = undefined;
  }

  /** What the target, or the router on the way to it, said. Topics that were handed over by that are told. */
  answered(result: link.HandoffResult, from: Carrier, nowMs: number): HandedOver | undefined {
    const sent = this.#sent.get(result.number);
    if (!sent || result.from !== this.#self || result.to !== sent.to.name) return undefined;
    const version = this.#order?.version;
    if (!version || !result.version || compareVersions(result.version, version) !== 0) {
      return undefined;
    }
    if (result.outcome !== link.HandoffOutcome.TAKEN) {
      this.#carriers.judge(sent.to.name, from, 'failed');
      if (sent.carrier === from) {
        sent.dueMs = Math.min(sent.dueMs, nowMs + this.#bounds.handoffRetryMs);
      }
      return undefined;
    }
    this.#carriers.judge(sent.to.name, from, 'answered');
    if (sent.carrier) this.#carriers.settled(sent.carrier);
    this.#sent.delete(result.number);
    return this.#taken(sent, nowMs);
  }

  /** What to send next; to be called until there is nothing. Topics in it were sealed by this call, or before. */
  next(nowMs: number): Send | undefined {
    if (!this.#order) return undefined;
    for (const sent of this.#sent.values()) {
      if (sent.carrier && sent.dueMs > nowMs) continue;
      const send = this.#sendAgain(sent, nowMs);
      if (send) return send;
    }
    for (const target of this.#targets.values()) {
      const send = this.#step(target, this.#order, nowMs);
      if (send) return send;
    }
    return undefined;
  }

  #step(target: Target, { version }: SourceOrder, nowMs: number): Send | undefined {
    if (target.stage !== 'new' && target.stage !== 'handing') return undefined;
    const carrier = this.#carriers.choose(target.name);
    if (!carrier) return undefined;
    if (target.stage === 'new') {
      target.stage = 'asking';
      return this.#send('ask', target, version, [], carrier, nowMs);
    }
    // Looking through the topics takes time; what is sealed meanwhile would be without an owner for longer.
    if (!this.#scanned) return undefined;
    if (target.inFlight < this.#bounds.handoffsInFlightMax) {
      const topics = this.#seals.handOver(target.name, this.#bounds, nowMs);
      if (topics.length > 0) return this.#send('topics', target, version, topics, carrier, nowMs);
    }
    if (this.#seals.leftFor(target.name) > 0) return undefined;
    this.#seals.close(target.name);
    // A `last` that overtook topics would let the target begin them anew.
    if (target.inFlight > 0) return undefined;
    target.stage = 'ending';
    return this.#send('last', target, version, [], carrier, nowMs);
  }

  #send(
    what: Sent['what'],
    to: Target,
    version: topo.Version,
    topics: link.TopicState[],
    carrier: Carrier,
    nowMs: number,
  ): Send {
    this.#number = (this.#number + 1) >>> 0;
    const handoff = {
      from: this.#self,
      to: to.name,
      version,
      number: this.#number,
      topics,
      last: what === 'last',
    };
    return this.#goOut(this.#note({ what, to, handoff, sealedMs: nowMs }), carrier, nowMs);
  }

  #sendAgain(sent: Sent, nowMs: number): Send | undefined {
    const failed = sent.carrier;
    if (failed) {
      this.#carriers.judge(sent.to.name, failed, 'failed');
      this.#carriers.settled(failed);
      sent.carrier = undefined;
    }
    const carrier = this.#carriers.choose(sent.to.name);
    return carrier && this.#goOut(sent, carrier, nowMs);
  }

  #goOut(sent: Sent, carrier: Carrier, nowMs: number): Send {
    sent.carrier = carrier;
    const { handoffTimeoutMs, handoffBytesPerSecondMin } = this.#bounds;
    const travelMs = Math.trunc((sent.bytes / handoffBytesPerSecondMin) * 1000);
    sent.dueMs = nowMs + handoffTimeoutMs + travelMs;
    this.#carriers.sent(carrier);
    return { carrier, handoff: sent.handoff, bytes: sent.bytes };
  }

  #note(sent: Pick<Sent, 'what' | 'to' | 'handoff' | 'sealedMs'>): Sent {
    const { topics, number } = sent.handoff;
    const bytes = topics.reduce((sum, state) => sum + stateBytes(state), HANDOFF_BYTES);
    const noted: Sent = { ...sent, bytes, carrier: undefined, dueMs: 0 };
    this.#sent.set(number, noted);
    this.#onTheWay += topics.length;
    if (noted.what === 'topics') noted.to.inFlight += 1;
    return noted;
  }

  /** Topics of an earlier version go on, if their heir is still the process they were sealed for. */
  #carryOver({ what, to, handoff, sealedMs }: Sent, nowMs: number): void {
    if (what !== 'topics') return;
    const target = this.#targets.get(to.name);
    const order = this.#order;
    const isSame = target !== undefined && target.incarnation === to.incarnation;
    const topics = handoff.topics.filter(({ cache, topic }) => {
      return isSame && order?.heirOf(cache, topic) === to.name;
    });
    this.#lost += handoff.topics.length - topics.length;
    if (!order || !target || topics.length === 0) return;
    const sent = { ...handoff, version: order.version, topics };
    this.#note({ what, to: target, handoff: sent, sealedMs }).dueMs = nowMs;
  }

  #taken({ what, to, handoff, sealedMs }: Sent, nowMs: number): HandedOver | undefined {
    switch (what) {
      case 'ask':
        to.stage = 'handing';
        return undefined;
      case 'last':
        to.stage = 'done';
        return undefined;
      case 'topics': {
        const topics = handoff.topics.length;
        to.inFlight -= 1;
        this.#onTheWay -= topics;
        this.#handedOver += topics;
        return { topics, pauseMs: nowMs - sealedMs };
      }
    }
  }
}
