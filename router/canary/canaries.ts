import type { Cancel, Clock, Logger, Registry } from '../../runtime/index.ts';
import type { Placement } from '../../topology/index.ts';
import type { RouterBounds } from '../config.ts';
import type { Position } from '../service.ts';
import { CanaryClient } from './client.ts';
import { Lane, type LaneBounds } from './lane.ts';
import { CanaryCounts } from './metrics.ts';
import { type Payload, payloadOf, readPayload } from './payload.ts';
import { Stopwatch } from './stopwatch.ts';
import { canaryTopics } from './topics.ts';
import { faultsOf, type Verdict, verdictOf } from './verdict.ts';

export interface CanaryOptions {
  /** Name of this router. */
  readonly router: string;
  /** Unlike that of any other process. */
  readonly run: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  readonly bounds: RouterBounds;
  /** The topology in force. */
  readonly placement: () => Placement | undefined;
  /** Whether a storage node can be reached. */
  readonly linked: (member: string) => boolean;
}

/** The canaries of one topic. */
interface Run {
  readonly lane: Lane;
  readonly watch: Stopwatch;
  cancel: () => void;
}

/** What canaries found so far. */
export interface CanaryReport {
  /** undefined: no warm-up was begun. */
  readonly verdict: Verdict | undefined;
  /** Time in which nothing arrived from any owner, not counting time in which this process stood still. */
  readonly silentMs: number;
}

const tickMs = 50;
/** Of one lane, in a warm-up: enough to keep the path busy, not so many that the process does nothing else. */
const windowItems = 32;
/** Before a stream that broke is opened again. */
const reopenMs = 100;

/**
 * This router as a client of itself: publishes to a topic of every owner and subscribes to it, through its own client
 * port, and finds out whether everything comes.
 */
export class Canaries {
  readonly #options: CanaryOptions;
  readonly #laneBounds: LaneBounds;
  readonly #counts: CanaryCounts;
  /** By topic. */
  readonly #lanes = new Map<string, Run>();
  #client: CanaryClient | undefined;
  #placement: Placement | undefined;
  /** Where the search for topics goes on; undefined: it is over. */
  #searchFrom: number | undefined;
  #stopTicking: Cancel = () => {};
  /** Time that this process has been running; see `tick`. */
  #awakeMs = 0;
  #tickedMs = 0;
  #arrivedMs = 0;
  #verdict: Verdict | undefined;

  constructor(options: CanaryOptions) {
    this.#options = options;
    const { bounds } = options;
    this.#laneBounds = {
      warmUpItems: bounds.warmUpItems,
      windowItems,
      intervalMs: bounds.canaryMs,
      stallMsMax: bounds.warmUpStallMsMax,
    };
    this.#counts = new CanaryCounts(options.registry);
  }

  /** @param address host:port where this router serves clients @param key what opens the canaries' cache there */
  start(address: string, key: string): void {
    const { clock } = this.#options;
    this.#client = new CanaryClient(address, key, clock);
    this.#tickedMs = clock.monotonicMs();
    this.#stopTicking = clock.every(tickMs, () => this.#tick());
    this.#tick();
  }

  /** Begins a warm-up, whatever came of the one before. */
  warmUp(): void {
    this.#follow();
    for (const { lane } of this.#lanes.values()) lane.begin(this.#awakeMs);
    this.#verdict = verdictOf(this.#reports(), this.#laneBounds.warmUpItems);
    for (const run of this.#lanes.values()) this.#send(run);
  }

  report(): CanaryReport {
    return { verdict: this.#verdict, silentMs: this.#awakeMs - this.#arrivedMs };
  }

  /** Ends every stream and the connection. */
  close(): void {
    this.#stopTicking();
    for (const { cancel } of this.#lanes.values()) cancel();
    this.#lanes.clear();
    this.#client?.close();
    this.#client = undefined;
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonicMs();
    // A late tick says that this process stood still: what was sent to it meanwhile isn't read yet.
    this.#awakeMs += Math.min(nowMs - this.#tickedMs, 2 * tickMs);
    this.#tickedMs = nowMs;
    this.#follow();
    for (const run of this.#lanes.values()) this.#send(run);
    this.#judge();
  }

  /** One lane for each owner; those of topics that nobody needs any more are ended. */
  #follow(): void {
    const placement = this.#options.placement();
    if (!placement) return;
    if (placement !== this.#placement) this.#searchFrom = 0;
    if (this.#searchFrom === undefined) return;
    this.#placement = placement;
    const held = this.#lanes.keys();
    const { topics, next } = canaryTopics(this.#options.router, placement, held, this.#searchFrom);
    this.#searchFrom = next;
    const members = new Map([...topics].map(([member, topic]) => [topic, member]));
    for (const [topic, { lane, cancel }] of this.#lanes) {
      const member = members.get(topic);
      if (member !== undefined) lane.member = member;
      else {
        this.#lanes.delete(topic);
        cancel();
      }
    }
    for (const [topic, member] of members) {
      if (this.#lanes.has(topic)) continue;
      const lane = new Lane(topic, member, this.#laneBounds, this.#counts.onFault);
      const run = { lane, watch: new Stopwatch(), cancel: () => {} };
      this.#lanes.set(topic, run);
      if (this.#verdict?.is === 'trying') lane.begin(this.#awakeMs);
      this.#subscribe(run);
    }
  }

  #subscribe(run: Run): void {
    const { lane } = run;
    if (this.#lanes.get(lane.topic) !== run || !this.#client) return;
    run.cancel = this.#client.subscribe(lane.topic, lane.judge.position, {
      opened: () => lane.opened(),
      item: (at, payload) => this.#arrived(run, at, payload),
      announced: (notice) => {
        this.#counts.gaps += 1;
        lane.judge.announced(notice);
      },
      ended: (clean) => {
        lane.ended();
        run.cancel = this.#options.clock.after(clean ? tickMs : reopenMs, () =>
          this.#subscribe(run),
        );
      },
    });
  }

  #send(run: Run): void {
    const { lane, watch } = run;
    const linked = this.#options.linked(lane.member);
    for (let left = lane.due(this.#awakeMs, linked); left > 0; left -= 1) {
      const n = lane.sent();
      // In a warm-up they come in bursts, on code that isn't compiled yet.
      if (this.#verdict?.is === 'passed') watch.sent(n, this.#options.clock.monotonicMs());
      const payload = payloadOf(this.#options.run, n, this.#bytesMax());
      this.#client?.publish(lane.topic, payload, (refusal) => {
        if (refusal !== undefined) {
          watch.forget(n);
          return lane.refused(n, refusal, this.#awakeMs);
        }
        lane.accepted(n);
        if (this.#verdict?.is === 'trying') this.#send(run);
      });
    }
  }

  #arrived({ lane, watch }: Run, at: Position, payload: Payload): void {
    const own = readPayload(this.#options.run, payload);
    lane.judge.arrived({ at, own });
    if (!own) return;
    this.#counts.received += 1;
    const tookMs = watch.arrived(own.n, this.#options.clock.monotonicMs());
    if (tookMs !== undefined) this.#counts.roundTripSeconds.observe(tookMs / 1_000);
    this.#arrivedMs = this.#awakeMs;
  }

  #judge(): void {
    const reports = this.#reports();
    if (this.#verdict?.is === 'trying') {
      this.#verdict = verdictOf(reports, this.#laneBounds.warmUpItems);
      if (this.#verdict.is === 'trying') return;
      for (const { lane } of this.#lanes.values()) lane.settle();
    } else if (this.#verdict?.is === 'passed') {
      const words = faultsOf(reports);
      if (words !== undefined) this.#verdict = { is: 'failed', words };
    } else return;
    if (this.#verdict.is !== 'failed') return;
    this.#options.log.error({ reports }, this.#verdict.words);
  }

  #reports() {
    return [...this.#lanes.values()].map(({ lane }) => lane.report(this.#awakeMs));
  }

  #bytesMax(): number {
    return this.#placement?.topology.settings?.messageBytesMax ?? Number.MAX_SAFE_INTEGER;
  }
}
