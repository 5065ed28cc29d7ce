import { control, type topo } from '../proto/index.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import { formatVersion, noVersion, termStepMax } from '../topology/index.ts';
import { type Applied, apply, type PushResult } from './apply/index.ts';
import { clientPort } from './build/index.ts';
import {
  CapacityReadings,
  type CapacitySource,
  noSecrets,
  PrometheusSource,
} from './capacity/index.ts';
import { clusterOfChange, formatKey, parseKey } from './keys.ts';
import { GrpcMembers } from './members/grpc-members.ts';
import type { Members } from './members/members.ts';
import { clientServiceName } from './names.ts';
import { notingRecords, type RecordOutcome } from './noting-records.ts';
import { NowAndThen } from './now-and-then.ts';
import { gather, type Observed } from './observe/index.ts';
import {
  capacityWants,
  defaultPolicy,
  learn,
  makePlan,
  noScaling,
  type Plan,
  type PlanEvent,
  type Policy,
  type PushPauses,
  pausesAfter,
  type RefusalMemory,
  type ScalingMemory,
  type StatusMemory,
  type TierView,
  type WaitMemory,
} from './plan/index.ts';
import { type RunOutcome, WorkQueue } from './queue.ts';
import {
  ConflictError,
  type Kinds,
  type ObjectStore,
  type RefusalCode,
  StoreError,
} from './store.ts';

export interface ControllerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** The one namespace whose TopicClusters are served; undefined: every one that the store tells of. */
  readonly namespace: string | undefined;
  /** Leadership term of this operator; larger for every later leader. */
  readonly term: number;
  /** The image of clusters that name none. */
  readonly image: string;
  /** How members are spoken to. Default: gRPC; it is closed on stop when it was made here. */
  readonly members?: Members;
  /** From 0 (inclusive) to 1 (exclusive), for the jitter of retries. Default: Math.random. */
  readonly random?: () => number;
  /** Every cluster is looked at this often, whatever the store tells. Default 2000. */
  readonly resyncMs?: number;
  /** Clusters that are looked at at the same time; each look waits up to a second for silent members. Default 16. */
  readonly runsMax?: number;
  readonly policy?: Partial<Policy>;
  /** Who reads the load of clusters that follow it from Prometheus. Default: it is read without Secrets. */
  readonly capacity?: CapacitySource;
  /** Where clusters that name neither a source of their load nor a url have it from. Default: from their members. */
  readonly prometheusUrl?: string | undefined;
  /** What clients dial, for the status. Default: the DNS name of the client Service. */
  readonly endpointOf?: (namespace: string, name: string) => string;
  readonly observer?: ControllerObserver;
}

/** Who wants to know what the controller does; none of it may throw. */
export interface ControllerObserver {
  event?(resource: Kinds['TopicCluster'], event: PlanEvent): void;
  reconciled?(key: string, ok: boolean, durationMs: number): void;
  pushed?(member: string, acknowledged: boolean): void;
  /** Something could not be written. */
  refused?(code: RefusalCode): void;
  /** Members or the record of the cluster follow a later term than this controller's: it touches nothing there. */
  superseded?(later: LaterTerm, cluster: string): void;
  /** How the tiers of a cluster follow their load; none of them: it is gone, or they don't. */
  scaling?(cluster: string, tiers: readonly TierView[]): void;
}

export interface LaterTerm {
  readonly term: number;
  /** What shows it; `record`: whoever leads that term wrote it after this controller began. */
  readonly shownBy: 'record' | 'member';
}

export interface Controller {
  /** Clusters that wait for their turn or are being looked at. */
  readonly depth: number;
  /** Resolves when no reconcile runs any more. */
  stop(): Promise<void>;
}

/**
 * Watches the TopicClusters of a namespace and makes the world so, one reconcile at a time for each cluster. All it
 * remembers between two reconciles is how long things have been as they are, what was refused, and what was on record.
 */
export function startController(options: ControllerOptions): Controller {
  const { store, clock, log, namespace } = options;
  const members = options.members ?? new GrpcMembers();
  const readings = new CapacityReadings({
    clock,
    source: options.capacity ?? new PrometheusSource({ clock, secrets: noSecrets }),
    onReading: (key) => queue.add(key),
  });
  const reconciler = new Reconciler(options, members, readings);
  const queue = new WorkQueue({
    clock,
    random: options.random ?? Math.random,
    ...(options.runsMax !== undefined && { runsMax: options.runsMax }),
    run: (key) => reconciler.run(key),
  });
  const unwatch = store.watch((change) => {
    const isServed = namespace === undefined || change.namespace === namespace;
    const cluster = isServed ? clusterOfChange(change) : undefined;
    if (cluster) queue.add(formatKey(cluster));
  });
  const reports = new NowAndThen(clock);
  const resync = async (): Promise<void> => {
    try {
      const clusters = await store.list('TopicCluster', namespace);
      for (const { metadata } of clusters) queue.revisit(formatKey(metadata));
    } catch (error) {
      if (!reports.isDue(String(error))) return;
      log.warn({ error: String(error) }, 'the TopicClusters could not be listed');
    }
  };
  const cancelResync = clock.every(options.resyncMs ?? 2000, () => void resync());
  void resync();
  return {
    get depth() {
      return queue.depth;
    },
    async stop() {
      unwatch();
      cancelResync();
      await readings.close();
      await queue.stop();
      if (!options.members) members.close();
    },
  };
}

/** What one reconcile of a cluster leaves to the next. */
interface Memory {
  readonly waits: WaitMemory;
  readonly refusals: RefusalMemory;
  readonly pushPauses: PushPauses;
  readonly statusMemory: StatusMemory | undefined;
  readonly recorded: topo.Topology | undefined;
  readonly scaling: ScalingMemory;
}

const noMemory: Memory = {
  waits: new Map(),
  refusals: new Map(),
  pushPauses: new Map(),
  statusMemory: undefined,
  recorded: undefined,
  scaling: noScaling,
};

class Reconciler {
  readonly #options: ControllerOptions;
  readonly #members: Members;
  readonly #readings: CapacityReadings;
  readonly #policy: Policy;
  /** By cluster. */
  readonly #memories = new Map<string, Memory>();
  readonly #reports: NowAndThen;

  constructor(options: ControllerOptions, members: Members, readings: CapacityReadings) {
    this.#options = options;
    this.#members = members;
    this.#readings = readings;
    this.#policy = { ...defaultPolicy, ...options.policy };
    this.#reports = new NowAndThen(options.clock);
  }

  async run(key: string): Promise<RunOutcome> {
    const { clock, observer } = this.#options;
    const startMs = clock.monotonicMs();
    const outcome = await this.#attempt(key);
    observer?.reconciled?.(key, outcome.ok, clock.monotonicMs() - startMs);
    return outcome;
  }

  async #attempt(key: string): Promise<RunOutcome> {
    try {
      return await this.#reconcile(key);
    } catch (error) {
      this.#failed(key, error);
      return { ok: false };
    }
  }

  #failed(cluster: string, error: unknown): void {
    const { log } = this.#options;
    if (error instanceof ConflictError) {
      log.info({ cluster, error: error.message }, 'somebody else wrote first, looking again');
    } else if (!(error instanceof StoreError)) {
      log.error({ cluster, error: describe(error) }, 'reconcile failed');
    } else if (this.#reports.isDue(`${cluster} ${error.message}`)) {
      const words = error.advice ?? 'it is tried again';
      log.warn({ cluster, error: error.message }, `reconcile failed: ${words}`);
    }
  }

  async #reconcile(key: string): Promise<RunOutcome> {
    const {
      store,
      clock,
      term,
      image,
      prometheusUrl,
      endpointOf = serviceEndpoint,
    } = this.#options;
    const clusterKey = parseKey(key);
    const observed = await gather(store, this.#members, clusterKey);
    if (!observed) {
      this.#members.retain(key, new Set());
      this.#readings.forget(key);
      this.#options.observer?.scaling?.(key, []);
      if (this.#memories.delete(key)) {
        const words = `TopicCluster ${key} is deleted; its objects go with it`;
        this.#options.log.info({ cluster: key }, words);
      }
      return { ok: true, againMs: undefined };
    }
    const before = this.#memories.get(key) ?? noMemory;
    const plan = makePlan(observed, {
      term,
      defaultImage: image,
      policy: this.#policy,
      endpoint: endpointOf(clusterKey.namespace, clusterKey.name),
      nowMs: clock.monotonicMs(),
      wallMs: clock.wallMs(),
      readings: this.#readings.latest(key, capacityWants(observed, prometheusUrl)),
      prometheusUrl,
      ...before,
    });
    const { waits, refusals, pushPauses } = plan;
    let { recorded } = plan;
    const remember = (): void => {
      this.#memories.set(key, { ...before, waits, refusals, pushPauses, recorded });
    };
    remember();
    const noting = notingRecords(store, (outcome) => {
      recorded = recordedAfter(outcome, plan);
      remember();
    });
    const later = laterTerm(observed, term);
    if (later) this.#superseded(key, later);
    const { metadata } = observed.resource;
    const applied = await apply(noting, this.#members, metadata, plan, (what, member, problem) => {
      this.#options.log.warn({ cluster: key, member, problem }, `a ${what} was not answered`);
    });
    const nowMs = clock.monotonicMs();
    const learnt = learn(refusals, applied.attempts, nowMs, this.#policy);
    const results = applied.pushes.map((it) => ({ push: it.push, isTaken: isAcknowledged(it) }));
    const pauses = pausesAfter(pushPauses, plan.topology, results, nowMs, this.#policy);
    const isSaid = !applied.undone.has('status');
    const { statusMemory, scaling } = isSaid ? plan : before;
    if (isSaid) this.#options.observer?.scaling?.(key, plan.views);
    const learning = { waits, refusals: learnt, pushPauses: pauses, statusMemory, scaling };
    this.#memories.set(key, { ...learning, recorded });
    for (const event of plan.events) {
      if (!applied.undone.has(event.about)) this.#tell(observed.resource, key, event);
    }
    this.#report(key, applied);
    // What the plan didn't know is still to be told, and what it decided on is still to be done.
    const isScaled = plan.views.some((view) => view.scaled !== undefined);
    const isNews =
      isScaled || applied.attempts.some(({ what, refusal }) => refusal ?? refusals.has(what));
    // One that takes nothing must not hold up what goes on with the others: its pushes alone are made less often.
    const ok = results.every(({ isTaken }) => isTaken);
    return { ok, againMs: isNews ? 0 : plan.requeueAfterMs };
  }

  /** One that a member alone is far ahead with is no leader's: the plan says so in the status. */
  #superseded(cluster: string, later: LaterTerm): void {
    const { log, observer, term } = this.#options;
    const isFar = later.term > term + termStepMax;
    if (isFar && later.shownBy === 'member') return;
    observer?.superseded?.(later, cluster);
    if (!this.#reports.isDue(`${cluster} superseded`)) return;
    const words = isFar
      ? 'its record is of a term far above that of this operator, which does nothing here: delete the ConfigMap if no other operator wrote it'
      : 'another operator with a later term is at work here, and this one does nothing: let all that serve a namespace share one Lease (--lease-name, --lease-namespace), or stop the others';
    log.warn({ cluster, term, laterTerm: later.term, shownBy: later.shownBy }, words);
  }

  #report(key: string, { pushes, attempts }: Applied): void {
    const { log, observer } = this.#options;
    for (const { what, refusal } of attempts) {
      if (!refusal) continue;
      const { code, message } = refusal;
      observer?.refused?.(code);
      if (!this.#reports.isDue(`${key} ${what} ${message}`)) continue;
      log.warn({ cluster: key, object: what, code, error: message }, 'a write was refused');
    }
    for (const result of pushes) {
      const isTaken = isAcknowledged(result);
      if (!isTaken) this.#warn(key, result);
      observer?.pushed?.(result.push.member, isTaken);
    }
  }

  #tell(resource: Kinds['TopicCluster'], cluster: string, event: PlanEvent): void {
    const { type, reason, message } = event;
    const level = type === 'Warning' ? 'warn' : 'info';
    this.#options.log[level]({ cluster, reason }, message);
    this.#options.observer?.event?.(resource, event);
  }

  #warn(cluster: string, { push, answer, problem }: PushResult): void {
    const refusal =
      answer && `${answer.reason} (holds ${formatVersion(answer.version ?? noVersion)})`;
    const why = problem ?? refusal;
    const { member, address } = push;
    if (!this.#reports.isDue(`${cluster} ${member} ${why}`)) return;
    const words = 'a member did not take the topology';
    this.#options.log.warn({ cluster, member, address, problem: why }, words);
  }
}

/** The later term that is on record; else the highest of those that members hold, if it is later. */
function laterTerm({ held, routers, storage }: Observed, ours: number): LaterTerm | undefined {
  const recorded = held.kind === 'held' ? (held.topology.version?.term ?? 0) : 0;
  if (recorded > ours) return { term: recorded, shownBy: 'record' };
  const terms = [...routers, ...storage].map((member) => member.state?.version?.term ?? 0);
  const term = Math.max(0, ...terms);
  return term > ours ? { term, shownBy: 'member' } : undefined;
}

/** What is known to be on record once the plan's record was, or may have been, written. */
function recordedAfter(
  outcome: RecordOutcome,
  { topology, recorded }: Plan,
): topo.Topology | undefined {
  if (outcome === 'written' || topology === recorded) return topology;
  return outcome === 'unknown' ? undefined : recorded;
}

function isAcknowledged({ answer }: PushResult): boolean {
  const { APPLIED, KNOWN } = control.PushOutcome;
  return answer?.outcome === APPLIED || answer?.outcome === KNOWN;
}

function serviceEndpoint(namespace: string, name: string): string {
  return `${clientServiceName(name)}.${namespace}.svc:${clientPort}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
