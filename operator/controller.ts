import { control } from '../proto/index.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import { formatVersion, noVersion } from '../topology/index.ts';
import { apply, type PushResult } from './apply/index.ts';
import { clientPort } from './build/index.ts';
import { clusterOfChange, formatKey, parseKey } from './keys.ts';
import { GrpcMembers } from './members/grpc-members.ts';
import type { Members } from './members/members.ts';
import { clientServiceName } from './names.ts';
import { gather } from './observe/index.ts';
import {
  defaultPolicy,
  makePlan,
  type PlanEvent,
  type Policy,
  type WaitMemory,
} from './plan/index.ts';
import { type RunOutcome, WorkQueue } from './queue.ts';
import type { ObjectStore } from './store.ts';

export interface ControllerOptions {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** The one namespace whose TopicClusters are served. */
  readonly namespace: string;
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
}

export interface Controller {
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
    const cluster = change.namespace === namespace ? clusterOfChange(change) : undefined;
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
    try {
      return await this.#reconcile(key);
    } catch (error) {
      this.#options.log.error({ cluster: key, error: describe(error) }, 'reconcile failed');
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
    for (const event of plan.events) this.#tell(key, event);
    const results = await apply(store, this.#members, clusterKey, plan);
    const failed = results.filter((result) => !isAcknowledged(result));
    for (const result of failed) this.#warn(key, result);
    return failed.length > 0 ? { ok: false } : { ok: true, againMs: plan.requeueAfterMs };
  }

  #tell(cluster: string, { type, reason, message }: PlanEvent): void {
    const level = type === 'Warning' ? 'warn' : 'info';
    this.#options.log[level]({ cluster, reason }, message);
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
