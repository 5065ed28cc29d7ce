import { control } from '../proto/index.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import { formatVersion, noVersion } from '../topology/index.ts';
import { apply, type PushResult } from './apply/index.ts';
import { clientPort } from './build/index.ts';
import { clusterOfChange, formatKey, parseKey } from './keys.ts';
import { GrpcMembers } from './members/grpc-members.ts';
import type { Members } from './members/members.ts';
import { clientServiceName } from './names.ts';
import { gather, type Observed } from './observe/index.ts';
import {
  defaultPolicy,
  makePlan,
  type PlanEvent,
  type Policy,
  type WaitMemory,
} from './plan/index.ts';
import { type RunOutcome, WorkQueue } from './queue.ts';
import { ConflictError, type Kinds, type ObjectStore } from './store.ts';

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
  readonly policy?: Partial<Policy>;
  /** What clients dial, for the status. Default: the DNS name of the client Service. */
  readonly endpointOf?: (namespace: string, name: string) => string;
  readonly observer?: ControllerObserver;
}

/** Who wants to know what the controller does; none of it may throw. */
export interface ControllerObserver {
  event?(resource: Kinds['TopicCluster'], event: PlanEvent): void;
  reconciled?(key: string, ok: boolean, durationMs: number): void;
  pushed?(member: string, acknowledged: boolean): void;
  /** Members or the record follow a later term than this controller's: it touches nothing. */
  superseded?(term: number): void;
}

export interface Controller {
  /** Clusters that wait for their turn or are being looked at. */
  readonly depth: number;
  /** Resolves when no reconcile runs any more. */
  stop(): Promise<void>;
}

/**
 * Watches the TopicClusters of a namespace and makes the world so, one reconcile at a time for each cluster. All it
 * remembers between two reconciles is how long things have been as they are.
 */
export function startController(options: ControllerOptions): Controller {
  const { store, clock, log, namespace } = options;
  const members = options.members ?? new GrpcMembers();
  const reconciler = new Reconciler(options, members);
  const queue = new WorkQueue({
    clock,
    random: options.random ?? Math.random,
    run: (key) => reconciler.run(key),
  });
  const unwatch = store.watch((change) => {
    const isServed = namespace === undefined || change.namespace === namespace;
    const cluster = isServed ? clusterOfChange(change) : undefined;
    if (cluster) queue.add(formatKey(cluster));
  });
  const resync = async (): Promise<void> => {
    try {
      const clusters = await store.list('TopicCluster', namespace);
      for (const { metadata } of clusters) queue.add(formatKey(metadata));
    } catch (error) {
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
      await queue.stop();
      if (!options.members) members.close();
    },
  };
}

class Reconciler {
  readonly #options: ControllerOptions;
  readonly #members: Members;
  readonly #policy: Policy;
  /** By cluster. */
  readonly #waits = new Map<string, WaitMemory>();

  constructor(options: ControllerOptions, members: Members) {
    this.#options = options;
    this.#members = members;
    this.#policy = { ...defaultPolicy, ...options.policy };
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
      const { log } = this.#options;
      if (error instanceof ConflictError) {
        log.info(
          { cluster: key, error: error.message },
          'somebody else wrote first, looking again',
        );
      } else {
        log.error({ cluster: key, error: describe(error) }, 'reconcile failed');
      }
      return { ok: false };
    }
  }

  async #reconcile(key: string): Promise<RunOutcome> {
    const { store, clock, term, image, endpointOf = serviceEndpoint } = this.#options;
    const clusterKey = parseKey(key);
    const observed = await gather(store, this.#members, clusterKey);
    if (!observed) {
      this.#members.retain(key, new Set());
      this.#waits.delete(key);
      return { ok: true, againMs: undefined };
    }
    const plan = makePlan(observed, {
      term,
      defaultImage: image,
      policy: this.#policy,
      endpoint: endpointOf(clusterKey.namespace, clusterKey.name),
      nowMs: clock.monotonicMs(),
      wallMs: clock.wallMs(),
      waits: this.#waits.get(key) ?? new Map(),
    });
    this.#waits.set(key, plan.waits);
    const laterTerm = highestTerm(observed);
    if (laterTerm > term) {
      this.#options.log.warn(
        { cluster: key, term, laterTerm },
        'a later leader is at work: nothing is done',
      );
      this.#options.observer?.superseded?.(laterTerm);
    }
    const { pushes, refused } = await apply(
      store,
      this.#members,
      clusterKey,
      plan,
      (what, member, problem) => {
        this.#options.log.warn({ cluster: key, member, problem }, `a ${what} was not answered`);
      },
    );
    // What is refused is tried again and again; that it is there, or changed, is told when it is.
    const told = refused === undefined ? plan.events : plan.events.filter(isOfNoObject);
    for (const event of told) this.#tell(observed.resource, key, event);
    const failed = pushes.filter((result) => !isAcknowledged(result));
    for (const result of failed) this.#warn(key, result);
    for (const result of pushes) {
      this.#options.observer?.pushed?.(result.push.member, isAcknowledged(result));
    }
    if (refused !== undefined) throw refused;
    return failed.length > 0 ? { ok: false } : { ok: true, againMs: plan.requeueAfterMs };
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
    this.#options.log.warn(
      { cluster, member: push.member, address: push.address, problem: problem ?? refusal },
      'a member did not take the topology',
    );
  }
}

/** Of any topology that is on record or that a member holds. */
function highestTerm({ held, routers, storage }: Observed): number {
  const recorded = held.kind === 'held' ? (held.topology.version?.term ?? 0) : 0;
  const terms = [...routers, ...storage].map((member) => member.state?.version?.term ?? 0);
  return Math.max(recorded, ...terms);
}

function isOfNoObject({ reason }: PlanEvent): boolean {
  return reason !== 'Created' && reason !== 'Changed';
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
