import type { Cancel, Clock, Logger } from '../../runtime/index.ts';
import { termStepMax } from '../../topology/index.ts';
import { NowAndThen } from '../now-and-then.ts';
import { KubernetesApi, type KubernetesApiOptions } from './api.ts';
import { asKubernetesError, hasCode } from './errors.ts';
import {
  decideLease,
  firstTermMax,
  type LeaseDurations,
  type LeaseSpec,
  released,
  type SeenLease,
  termOf,
} from './lease.ts';
import { defaultPacerBounds, Pacer } from './pacer.ts';
import { pathOfResource } from './resources.ts';

/** The API's object. */
interface Lease {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly labels?: object;
    readonly annotations?: object;
  };
  readonly spec?: LeaseSpec;
}

/** The Lease's place in the API, so that specs need no server. Rejects with KubernetesError. */
export interface Leases {
  /** `namespace/name`, for people. */
  readonly name: string;
  /** undefined: there is none. */
  get(): Promise<Lease | undefined>;
  /** Rejects with `exists` when another was faster. */
  create(spec: LeaseSpec): Promise<Lease>;
  /** Rejects with `conflict` when it has another version by now. */
  update(resourceVersion: string, spec: LeaseSpec): Promise<Lease>;
}

export interface ElectorOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 (inclusive) to 1 (exclusive), so that candidates don't try at the same time. */
  readonly random: () => number;
  /** Another for each process, also after a restart. */
  readonly identity: string;
  readonly durations: LeaseDurations;
  /** The highest term up to `termMax` that is on record in any topology. Asked when the Lease is taken. */
  readonly recordedTerm: (termMax: number) => Promise<number>;
  /** Why this process could do nothing if it led, for people; undefined: it could. */
  readonly hindrance?: () => string | undefined;
  readonly onLead: (term: number) => void;
  /** From now on another may lead. */
  readonly onLose: (why: string) => void;
}

interface Lead {
  readonly term: number;
  /** Monotonic; not leading from then on unless it is renewed. */
  readonly untilMs: number;
}

/**
 * A later term that was seen raises that of the leader at once, but the same cause does so again only after this time:
 * if it was of no use, another operator is at work that holds another Lease, and the two are not to outbid each other.
 */
const raisePauseMs = 600_000;

/** A leader that can do nothing goes on leading for so long: an API server that has just begun may refuse at first. */
const hinderedMsMax = 30_000;

/**
 * Takes part in the election until it is stopped.
 * - following: somebody else holds the Lease, nobody could be asked, or this process could do nothing if it led
 * - leading: the Lease is ours, and was renewed less than the renew deadline ago
 * A leader that can't renew follows again, and takes part as before.
 */
export class Elector {
  readonly #options: ElectorOptions;
  #seen: SeenLease | undefined;
  #lead: Lead | undefined;
  #termAbove = 0;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();
  #cancelNext: Cancel = () => undefined;
  #cancelExpiry: Cancel = () => undefined;
  #problem: string | undefined;
  /** Who was waited for last, as it was said. */
  #waitedFor: string | undefined;
  /** Monotonic; since when this process could do nothing. */
  #hinderedMs: number | undefined;
  readonly #reports: NowAndThen;
  readonly #raises: NowAndThen;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#reports = new NowAndThen(options.clock);
    this.#raises = new NowAndThen(options.clock, raisePauseMs);
  }

  start(): void {
    this.#turn();
  }

  /** The Lease is ours, by our own clock: true at most until another may take it. */
  get isLeading(): boolean {
    return this.#lead !== undefined && this.#options.clock.monotonicMs() < this.#lead.untilMs;
  }

  /** Who leads as far as is known, for people. */
  get leader(): string | undefined {
    return this.#seen?.spec.holderIdentity || undefined;
  }

  get term(): number | undefined {
    return this.#lead?.term;
  }

  /** What a person has to change before the Lease can be taken or watched; undefined: nothing, as far as is known. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /**
   * The term should be above this one, which something shows to be in force: the Lease is taken anew with a higher one.
   * A term that was never led is not followed: the counter of the Lease would run out.
   * @param cause what shows it; the same is heard only once in a while.
   */
  raise(term: number, cause: string): void {
    const ours = this.#lead?.term;
    if (ours === undefined || term < ours || term <= this.#termAbove) return;
    if (term > ours + termStepMax || !this.#raises.isDue(cause)) return;
    this.#termAbove = term;
    this.#cancelNext();
    this.#turn();
  }

  /** Leads no more; the Lease is let go of, so that another takes it at once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNext();
    await this.#running;
    await this.#letGo('this process stops', 'info');
  }

  async #letGo(why: string, level?: 'info'): Promise<void> {
    const term = this.isLeading ? this.#lead?.term : undefined;
    this.#lose(why, level);
    const { resourceVersion, spec } = this.#seen ?? {};
    if (term === undefined || resourceVersion === undefined || !spec) return;
    try {
      await this.#overwrite(resourceVersion, released(spec, this.#options.clock.wallMs()), term);
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'the Lease was not let go of');
    }
  }

  #turn(): void {
    this.#running = this.#running.then(async () => {
      if (this.#stopped) return;
      await this.#try();
      if (this.#stopped) return;
      const { clock, durations, random } = this.#options;
      const delayMs = durations.retryMs * (this.#lead ? 1 : 1 + random() / 5);
      this.#cancelNext();
      this.#cancelNext = clock.after(delayMs, () => this.#turn());
    });
  }

  async #try(): Promise<void> {
    const startMs = this.#options.clock.monotonicMs();
    try {
      // What a leader wrote last is what is there, unless somebody interfered: the update tells.
      if (!this.#lead) this.#saw(await this.#options.leases.get());
      if (!(await this.#standsAside())) await this.#act(startMs);
      this.#problem = undefined;
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Who can do nothing leaves the lead to others. */
  async #standsAside(): Promise<boolean> {
    const { clock, hindrance, log } = this.#options;
    const why = hindrance?.();
    if (why === undefined) {
      this.#hinderedMs = undefined;
      return false;
    }
    const isNew = this.#hinderedMs === undefined;
    this.#hinderedMs ??= clock.monotonicMs();
    if (this.#lead) {
      if (clock.monotonicMs() - this.#hinderedMs < hinderedMsMax) return false;
      await this.#letGo(why);
    } else if (isNew) {
      log.warn({ why }, 'does not lead before it can read what it has to');
    }
    return true;
  }

  async #act(startMs: number): Promise<void> {
    const { leases, clock, identity, durations } = this.#options;
    const seen = this.#seen;
    const isOurs = seen?.spec.holderIdentity === identity;
    const termMax = seen ? termOf(seen.spec) + termStepMax : firstTermMax;
    const recorded = isOurs && this.#lead ? 0 : await this.#options.recordedTerm(termMax);
    const termAbove = Math.max(this.#termAbove, recorded);
    const decision = decideLease({
      identity,
      seen,
      nowMs: clock.monotonicMs(),
      wallMs: clock.wallMs(),
      durations,
      termAbove,
    });
    if (decision.kind === 'wait') return this.#waitFor(decision.holder);
    const version = seen?.resourceVersion;
    const written =
      version === undefined
        ? await leases.create(decision.spec)
        : await this.#overwrite(version, decision.spec, this.#lead?.term);
    this.#saw(written);
    this.#won(termOf(decision.spec), startMs);
  }

  #waitFor(holder: string): void {
    this.#lose(`${holder} leads`);
    if (this.#waitedFor === holder) return;
    this.#waitedFor = holder;
    const { leases, log } = this.#options;
    log.info({ lease: leases.name, holder }, `waiting for Lease ${leases.name}, held by ${holder}`);
  }

  /**
   * Who leads finds the Lease at another version also after a write of its own whose answer was lost: nothing is lost
   * by that.
   * @param term in which this process leads; undefined: it doesn't.
   */
  async #overwrite(version: string, spec: LeaseSpec, term: number | undefined): Promise<Lease> {
    const { leases, identity } = this.#options;
    try {
      return await leases.update(version, spec);
    } catch (error) {
      if (term === undefined || !hasCode(error, 'conflict')) throw error;
      const there = await leases.get();
      const { resourceVersion } = there?.metadata ?? {};
      const isOurs = there?.spec?.holderIdentity === identity && termOf(there.spec) === term;
      if (resourceVersion === undefined || !isOurs) throw error;
      return leases.update(resourceVersion, spec);
    }
  }

  #won(term: number, startMs: number): void {
    const { clock, durations, log, onLead } = this.#options;
    // Counted from before the request: nobody else has seen it renewed earlier than that.
    const untilMs = startMs + durations.renewMs;
    const leftMs = untilMs - clock.monotonicMs();
    if (leftMs <= 0) return this.#lose('the Lease took too long to renew');
    const before = this.#lead?.term;
    if (before !== undefined && before !== term) this.#lose(`term ${term} follows`);
    this.#lead = { term, untilMs };
    this.#waitedFor = undefined;
    this.#cancelExpiry();
    this.#cancelExpiry = clock.after(leftMs, () => {
      this.#lose(`the Lease was not renewed for ${durations.renewMs / 1000} s`);
    });
    // What it took while it was told to stop is only let go of.
    if (before === term || this.#stopped) return;
    log.info({ term }, 'leading');
    onLead(term);
  }

  #lose(why: string, level: 'info' | 'warn' = 'warn'): void {
    this.#cancelExpiry();
    if (!this.#lead) return;
    this.#lead = undefined;
    this.#options.log[level]({ why }, 'leads no more');
    this.#options.onLose(why);
  }

  /** Expiry counts from when a change was seen here, not from the times that are written in it. */
  #saw(lease: Lease | undefined): void {
    const resourceVersion = lease?.metadata.resourceVersion;
    if (!lease || resourceVersion === undefined) {
      this.#seen &&= { ...this.#seen, resourceVersion: undefined };
      return;
    }
    if (this.#seen?.resourceVersion === resourceVersion) return;
    const sinceMs = this.#options.clock.monotonicMs();
    this.#seen = { resourceVersion, spec: lease.spec ?? {}, sinceMs };
  }

  #failed(error: unknown): void {
    const { leases, log } = this.#options;
    const { code, message, advice, retry } = asKubernetesError(error);
    // Somebody else wrote it, or deleted it: whoever holds it now, it must be read again.
    const isOvertaken = code === 'conflict' || code === 'exists' || code === 'not-found';
    if (isOvertaken) this.#lose('the Lease was written by somebody else');
    // Who can give advice knows that trying again is of no use.
    if (isOvertaken && advice === undefined) return;
    const what = `the Lease ${leases.name} could not be read or written`;
    if (!retry) this.#problem = `${what}: ${advice ?? message}`;
    if (!this.#reports.isDue(code)) return;
    log.warn({ code, error: message }, advice === undefined ? what : `${what}: ${advice}`);
  }
}

/**
 * The way to the API server for an election: renewing must not wait behind a crowd of reconciles. Neither a request
 * that isn't answered nor a server that asks to be left alone takes so long that there is no time for another.
 */
export function electionApi(
  { renewMs }: LeaseDurations,
  options: Pick<KubernetesApiOptions, 'connection' | 'clock' | 'onAnswer'>,
): KubernetesApi {
  const restMsMax = Math.min(defaultPacerBounds.restMsMax, renewMs / 4);
  const pacer = new Pacer(options.clock, { restMsMax });
  return new KubernetesApi({ ...options, pacer, answerMsMax: renewMs / 2 });
}

/** The Lease of that name at the API server. */
export function leasesOf(api: KubernetesApi, namespace: string, name: string): Leases {
  const apiVersion = 'coordination.k8s.io/v1';
  const resource = 'leases';
  const path = pathOfResource(apiVersion, resource, namespace, name);
  // An update replaces all of it; what others put there stays.
  let others: object = {};
  const object = (spec: LeaseSpec, metadata: object = {}): object => {
    return { apiVersion, kind: 'Lease', metadata: { namespace, name, ...metadata }, spec };
  };
  const keep = (lease: Lease): Lease => {
    const { labels, annotations } = lease.metadata;
    others = { labels, annotations };
    return lease;
  };
  return {
    name: `${namespace}/${name}`,
    async get() {
      try {
        return keep(await api.request<Lease>({ verb: 'get', resource, path }));
      } catch (error) {
        if (hasCode(error, 'not-found')) return undefined;
        throw error;
      }
    },
    async create(spec) {
      const collection = pathOfResource(apiVersion, resource, namespace);
      const body = object(spec);
      try {
        return await api.request<Lease>({ verb: 'create', resource, path: collection, body });
      } catch (error) {
        if (!hasCode(error, 'not-found')) throw error;
        throw error.with(
          `namespace ${namespace} does not exist: create it, or give another with --lease-namespace`,
        );
      }
    },
    async update(resourceVersion, spec) {
      const body = object(spec, { ...others, resourceVersion });
      return keep(await api.request<Lease>({ verb: 'update', resource, path, body }));
    },
  };
}
