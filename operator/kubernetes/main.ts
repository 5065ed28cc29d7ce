import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  announce,
  createLogger,
  createRegistry,
  endOnSignal,
  type Logger,
  type LogLevel,
  sleep,
  startAdmin,
  systemClock,
} from '../../runtime/index.ts';
import { parseAddress } from '../../topology/index.ts';
import { PrometheusSource } from '../capacity/index.ts';
import type { ControllerObserver } from '../controller.ts';
import { NowAndThen } from '../now-and-then.ts';
import { KubernetesApi } from './api.ts';
import { type Connection, connect } from './connection.ts';
import { Elector, electionApi, leasesOf } from './elector.ts';
import { withinOneDeadline } from './ending.ts';
import { asKubernetesError, type KubernetesError } from './errors.ts';
import { EventRecorder } from './events.ts';
import { Leadership } from './leadership.ts';
import { durationsProblem, type LeaseDurations } from './lease.ts';
import { type OperatorMetrics, operatorMetrics } from './metrics.ts';
import { recordedTerm } from './recorded-term.ts';
import { KubernetesSecrets } from './secrets.ts';
import { readServedSchema } from './served-schema.ts';
import { SoleOperator } from './sole-operator.ts';
import { KubernetesStore } from './store.ts';

export interface OperatorConfig {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** Whose TopicClusters are served. `all`: every one; empty: that of the context or the service account. */
  readonly namespaces: readonly string[] | 'all';
  /** Only without a second operator for the same namespaces. */
  readonly leaderElect: boolean;
  readonly lease: LeaseDurations & {
    readonly name: string;
    /** Default: the namespace of the context or the service account. */
    readonly namespace?: string | undefined;
  };
  /** host:port. */
  readonly adminAddress: string;
  /** The image of clusters that name none. */
  readonly image: string;
  readonly logLevel: LogLevel;
}

/** The operator can't start; the message says what to do, for people. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The CustomResourceDefinition may have been installed a moment ago. */
const schemaMsMax = 20_000;
const schemaPauseMs = 1000;
/** For everything that has to end; the chart gives the pod 15 s. */
const endMsMax = 10_000;

/** Runs the operator until it is told to stop. Resolves once it takes part; rejects when it can't. */
export async function runOperator(config: OperatorConfig): Promise<void> {
  const problem = config.leaderElect ? durationsProblem(config.lease) : undefined;
  if (problem !== undefined) throw new StartError(problem);
  const connection = connect(config);
  const operator = new Operator(config, connection);
  await operator.start();
}

class Operator {
  readonly #config: OperatorConfig;
  readonly #connection: Connection;
  readonly #identity = `${process.env['POD_NAME'] ?? hostname()}_${randomBytes(4).toString('hex')}`;
  readonly #home: string;
  readonly #log: Logger;
  readonly #metrics: OperatorMetrics;
  readonly #registry;
  readonly #api: KubernetesApi;
  readonly #store: KubernetesStore;
  readonly #events: EventRecorder;
  readonly #leadership: Leadership;
  readonly #election: Elector | SoleOperator;
  #starting: string | undefined = 'the served TopicCluster is not checked yet';

  constructor(config: OperatorConfig, connection: Connection) {
    this.#config = config;
    this.#connection = connection;
    this.#home = connection.namespace ?? 'default';
    const log = createLogger('operator', this.#identity, config.logLevel);
    this.#log = log;
    this.#registry = createRegistry('operator', this.#identity);
    this.#metrics = operatorMetrics(this.#registry, {
      store: () => this.#store,
      isLeading: () => this.#election.isLeading,
      term: () => this.#election.term,
      depth: () => this.#leadership.depth,
      eventsDropped: () => this.#events.dropped,
    });
    const clock = systemClock;
    const onAnswer = this.#metrics.answered;
    this.#api = new KubernetesApi({ connection, clock, onAnswer });
    const namespaces = this.#namespaces();
    this.#store = new KubernetesStore({ api: this.#api, clock, log, namespaces });
    this.#events = new EventRecorder({ api: this.#api, clock, log, instance: this.#identity });
    this.#leadership = new Leadership({
      store: this.#store,
      clock,
      log,
      // The store tells of no others.
      namespace: undefined,
      image: config.image,
      capacity: new PrometheusSource({
        clock,
        secrets: new KubernetesSecrets({ api: this.#api, clock }),
      }),
      observer: this.#observer(),
      isLeading: () => this.#election.isLeading,
    });
    this.#election = config.leaderElect ? this.#elector() : this.#sole();
  }

  async start(): Promise<void> {
    const address = parseAddress(this.#config.adminAddress);
    if (!address) {
      throw new StartError(`--admin-address must be host:port, is ${this.#config.adminAddress}`);
    }
    const admin = await startAdmin({
      ...address,
      registry: this.#registry,
      readiness: () => this.#starting ?? this.#store.problem ?? this.#election.problem,
      json: { '/leader': () => ({ leader: this.#election.leader, term: this.#election.term }) },
    });
    const endings = [
      { what: 'leadership', end: () => this.#stopLeading() },
      { what: 'events', end: () => this.#events.stop() },
      { what: 'watches', end: () => this.#store.stop() },
      { what: 'admin port', end: () => admin.close() },
    ];
    endOnSignal(this.#log, withinOneDeadline(systemClock, endMsMax, endings));
    announce({ admin: `${address.host}:${admin.port}` });
    await this.#checkSchema();
    this.#starting = undefined;
    this.#store.start();
    this.#log.info(
      {
        server: this.#connection.server,
        namespaces: this.#namespaces() ?? 'all',
        leaderElect: this.#config.leaderElect,
        adminPort: admin.port,
      },
      'serving',
    );
    await this.#store.synced();
    if (this.#store.hindrance === undefined) {
      this.#log.info('all objects that may be read are known');
    }
    this.#election.start();
  }

  /** Nothing new is written from here on, so another may lead at once; what is on its way is waited for. */
  async #stopLeading(): Promise<void> {
    const reconciles = this.#leadership.lose();
    await this.#election.stop();
    await reconciles;
  }

  /** undefined: all. */
  #namespaces(): readonly string[] | undefined {
    const { namespaces } = this.#config;
    if (namespaces === 'all') return undefined;
    return namespaces.length > 0 ? [...new Set(namespaces)] : [this.#home];
  }

  #observer(): ControllerObserver {
    return {
      ...this.#metrics.observer,
      event: (resource, event) => this.#events.record(resource, event),
      superseded: ({ term, shownBy }, cluster) => {
        // A record of a later term is of another leader; what members alone say, each cluster says for itself.
        this.#election.raise(term, shownBy === 'record' ? shownBy : cluster);
      },
    };
  }

  #elector(): Elector {
    const { lease } = this.#config;
    const api = electionApi(lease, {
      connection: this.#connection,
      clock: systemClock,
      onAnswer: this.#metrics.answered,
    });
    return new Elector({
      leases: leasesOf(api, lease.namespace ?? this.#home, lease.name),
      clock: systemClock,
      log: this.#log,
      random: Math.random,
      identity: this.#identity,
      durations: lease,
      recordedTerm: (termMax) => recordedTerm(this.#store, termMax),
      hindrance: () => this.#store.hindrance,
      onLead: (term) => this.#leadership.lead(term),
      onLose: () => void this.#leadership.lose(),
    });
  }

  #sole(): SoleOperator {
    return new SoleOperator({
      identity: this.#identity,
      recordedTerm: (termMax) => recordedTerm(this.#store, termMax),
      onLead: (term) => this.#leadership.lead(term),
      onLose: () => void this.#leadership.lose(),
    });
  }

  /** Waits for an API server that doesn't answer; one that serves what can't be used is given a while to change. */
  async #checkSchema(): Promise<void> {
    const giveUpAtMs = systemClock.monotonicMs() + schemaMsMax;
    const reports = new NowAndThen(systemClock);
    for (;;) {
      const served = await readServedSchema(this.#api).catch((error: unknown) => {
        return { kind: 'failed', error: asKubernetesError(error) } as const;
      });
      if (served.kind === 'fits') return;
      if (served.kind === 'unknown') {
        this.#log.warn({ why: served.why }, 'the served TopicCluster could not be checked');
        return;
      }
      const problem = schemaProblem(this.#connection, served);
      const mayPass = served.kind === 'failed' && served.error.retry;
      if (!mayPass && systemClock.monotonicMs() >= giveUpAtMs) throw new StartError(problem);
      if (reports.isDue(problem)) {
        this.#log.warn({ why: problem }, 'can not start yet, trying again');
      }
      await sleep(systemClock, schemaPauseMs);
    }
  }
}

type Misfit =
  | { readonly kind: 'missing' }
  | { readonly kind: 'lacks'; readonly what: readonly string[] }
  | { readonly kind: 'failed'; readonly error: KubernetesError };

function schemaProblem({ server, source }: Connection, misfit: Misfit): string {
  const remedy =
    'install the one of this version: kubectl apply --server-side -f crds/ (or upgrade the chart)';
  switch (misfit.kind) {
    case 'missing':
      return `the API server ${server} serves no TopicCluster of topicplane.dev/v1alpha1: ${remedy}`;
    case 'lacks':
      return `the TopicCluster that ${server} serves is of another version, it lacks ${misfit.what.join(', ')}: ${remedy}`;
    case 'failed': {
      const { advice, message, said, status } = misfit.error;
      if (advice !== undefined) return `${advice} (${message})`;
      return status === undefined
        ? `no answer from the API server ${server} of ${source} (${message})`
        : `the API server ${server} of ${source} is in trouble (${said})`;
    }
  }
}
