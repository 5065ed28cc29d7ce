import { readFile } from 'node:fs/promises';
import { pino } from 'pino';
import {
  type Controller,
  type Kinds,
  parseTopicCluster,
  scalingMetrics,
  startController,
  topologyConfigMapName,
  topologyKey,
} from '../operator/index.ts';
import {
  type AdminServer,
  type Clock,
  createRegistry,
  type Logger,
  sleep,
  systemClock,
} from '../runtime/index.ts';
import { startStatusServer } from './admin.ts';
import { birthAfter, DataDir } from './data/index.ts';
import { LocalError } from './errors.ts';
import type { LocalEvent } from './events.ts';
import { Front } from './front/index.ts';
import { listenError } from './listen.ts';
import { LocalMembers } from './members.ts';
import type { LocalOptions } from './options.ts';
import { findPrometheus } from './prometheus/index.ts';
import { runStatefulSets, type StatefulSetRunner } from './runner/index.ts';
import { type Scraping, startScraping } from './scraping.ts';
import { builtInCluster, type Parsed, readEdit, watchFile } from './source/index.ts';
import { isSettled, type LocalStatus } from './status/index.ts';
import { MemoryStore } from './store/index.ts';

/** A member that dies this often before the cluster was ever ready makes the start fail. */
const startFailuresMax = 4;
/** Time for routers to end, and again for storage nodes; a router that is told so moves its clients within 2 s. */
const endGraceMs = 5_000;
/** The operator may be waiting for a member that doesn't answer; the members end without it. */
const operatorEndMs = 1_000;

/** A TopicCluster that runs on this machine: the operator, its objects in memory, and the members as processes. */
export class LocalCluster {
  readonly #options: LocalOptions;
  readonly #clock: Clock = systemClock;
  readonly #data: DataDir;
  readonly #front: Front;
  readonly #store: MemoryStore;
  readonly #members: LocalMembers;
  readonly #ready: Promise<void>;
  readonly #failed: Promise<never>;
  #parsed: Parsed;
  #admin: AdminServer | undefined;
  #controller: Controller | undefined;
  #sets: StatefulSetRunner | undefined;
  #scraping: Scraping | undefined;
  #settle: () => void = () => {};
  #fail: (error: Error) => void = () => {};
  #settledVersion = '';
  #everSettled = false;
  #cluster: LocalStatus['cluster'] | undefined;
  #fileProblems: readonly string[] = [];
  #stopWatching: (() => void)[] = [];

  private constructor(options: LocalOptions, parsed: Parsed, data: DataDir, front: Front) {
    this.#options = options;
    this.#parsed = parsed;
    this.#data = data;
    this.#front = front;
    this.#store = new MemoryStore(this.#clock);
    this.#ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#failed = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(() => {});
    this.#members = new LocalMembers({
      ...options,
      store: this.#store,
      namespace: parsed.object.metadata.namespace,
      clock: this.#clock,
      data,
      front,
      onEvent: (event) => this.#heard(event),
      onDeath: (member, failures, lastWords) => this.#onDeath(member, failures, lastWords),
    });
  }

  /** Throws LocalError when the file, the data folder, a port or Prometheus can't be used; nothing is left running then. */
  static async start(options: LocalOptions): Promise<LocalCluster> {
    const text = await readSource(options.file);
    const parsed = parseTopicCluster(text, options.file ?? 'built-in cluster');
    if (!parsed.ok) throw new LocalError('bad-file', parsed.problems.join('\n'));
    const prometheus = options.prometheus ? findPrometheus(process.env['PATH']) : undefined;
    const data = DataDir.open(options.dataDir);
    let front: Front | undefined;
    try {
      front = await listen(options);
      const cluster = new LocalCluster(options, parsed, data, front);
      await cluster.#run(text, prometheus);
      return cluster;
    } catch (error) {
      front?.close();
      data.close();
      throw error;
    }
  }

  /** host:port that clients dial. */
  get endpoint(): string {
    return `${bracketed(this.#options.host)}:${this.#front.port}`;
  }

  /** host:port of the status. */
  get admin(): string {
    return `127.0.0.1:${this.#admin?.port ?? 0}`;
  }

  get dataDir(): string {
    return this.#data.path;
  }

  /** Where the Prometheus is that scrapes the members; undefined: none was asked for. */
  get prometheus(): string | undefined {
    return this.#scraping?.url;
  }

  /** The spec that is in force, with every default. */
  get spec(): Parsed['cluster'] {
    return this.#parsed.cluster;
  }

  /** Resolves once everything asked for serves. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Rejects, and never resolves, when members keep dying before the cluster was ever ready. */
  failed(): Promise<never> {
    return this.#failed;
  }

  status(): LocalStatus {
    const { file } = this.#options;
    const cluster = this.#cluster ?? this.#parsed.object;
    const members = this.#members.views();
    return {
      endpoint: this.endpoint,
      admin: this.admin,
      pid: process.pid,
      dataDir: this.#data.path,
      ...(file !== undefined && { file }),
      ...(this.#fileProblems.length > 0 && { fileProblems: this.#fileProblems }),
      ready: isSettled(this.#cluster, members),
      cluster: cluster as LocalStatus['cluster'],
      members,
      ...(this.#scraping && { prometheus: this.#scraping.view() }),
    };
  }

  /** Ends every process in order: nothing new comes in, routers move their clients, storage nodes stop. */
  async stop(): Promise<void> {
    for (const stop of this.#stopWatching.splice(0)) stop();
    this.#front.close();
    const quiet = Promise.all([this.#controller?.stop(), this.#sets?.stop()]);
    await Promise.race([quiet, sleep(this.#clock, operatorEndMs)]);
    await Promise.all([this.#members.end(endGraceMs), this.#scraping?.end(endGraceMs)]);
    await this.#admin?.close();
    this.#data.close();
  }

  /** Kills every process and lets go of the folder, now. */
  kill(): void {
    this.#members.killAll();
    this.#scraping?.kill();
    this.#data.close();
  }

  /** @param prometheus path of the program; undefined: none is to run */
  async #run(text: string, prometheus: string | undefined): Promise<void> {
    const registry = createRegistry('operator', 'local');
    this.#admin = await startStatusServer(this.#options.adminPort, registry, () => this.status());
    this.#data.dropTopology();
    this.#data.writeInfo({ endpoint: this.endpoint, admin: this.admin });
    if (prometheus !== undefined) {
      this.#scraping = await startScraping({
        program: prometheus,
        operator: this.admin,
        data: this.#data,
        clock: this.#clock,
        onEvent: this.#options.onEvent,
      });
    }
    const { metadata } = this.#parsed.object;
    const { namespace, name } = metadata;
    this.#stopWatching.push(
      this.#store.watch((change) => {
        if (change.kind === 'Pod') this.#members.tell();
        if (change.kind === 'Pod' || change.kind === 'TopicCluster') void this.#look();
        if (change.kind === 'ConfigMap') void this.#writeTopology();
      }),
    );
    const birth = birthAfter(this.#data.earlier(), this.#clock.wallMs());
    await this.#store.apply(
      'TopicCluster',
      {
        ...this.#parsed.object,
        metadata: { ...metadata, creationTimestamp: new Date(birth).toISOString() },
      },
      'file',
    );
    this.#sets = runStatefulSets(this.#store, namespace, (error) => this.#say(String(error)));
    this.#controller = startController({
      store: this.#store,
      clock: this.#clock,
      log: this.#operatorLog(name),
      namespace,
      term: 1,
      image: 'topicplane',
      endpointOf: () => this.endpoint,
      observer: { scaling: scalingMetrics(registry, () => true) },
      ...(this.#scraping && { prometheusUrl: this.#scraping.url }),
    });
    const { file } = this.#options;
    if (file === undefined) return;
    this.#stopWatching.push(
      watchFile(file, text, this.#clock, {
        changed: (edited) => this.#edit(edited, file),
        lost: (reason) => this.#refuse([`${file}: can't be read: ${reason}`]),
      }),
    );
  }

  #heard(event: LocalEvent): void {
    if (event.kind === 'members') this.#scraping?.members(event.members);
    this.#options.onEvent(event);
  }

  #edit(text: string, file: string): void {
    const edit = readEdit(this.#parsed, text, file);
    if (edit.kind === 'refuse') return this.#refuse(edit.problems);
    this.#fileProblems = [];
    this.#parsed = edit.parsed;
    this.#options.onEvent({ kind: edit.changes ? 'applied' : 'unchanged', file });
    void this.#store.apply('TopicCluster', edit.parsed.object, 'file');
  }

  #refuse(problems: readonly string[]): void {
    this.#fileProblems = problems;
    this.#options.onEvent({ kind: 'refused', problems });
  }

  async #look(): Promise<void> {
    const { namespace, name } = this.#parsed.object.metadata;
    const cluster = await this.#store.get('TopicCluster', namespace, name);
    this.#cluster = cluster as LocalStatus['cluster'] | undefined;
    if (!cluster || !isSettled(this.#cluster, this.#members.views())) {
      this.#settledVersion = '';
      return;
    }
    if (this.#settledVersion !== '') return;
    this.#settledVersion = cluster.metadata.resourceVersion ?? '?';
    this.#everSettled = true;
    this.#settle();
    this.#options.onEvent({ kind: 'settled' });
  }

  async #writeTopology(): Promise<void> {
    const { namespace, name } = this.#parsed.object.metadata;
    const map: Kinds['ConfigMap'] | undefined = await this.#store.get(
      'ConfigMap',
      namespace,
      topologyConfigMapName(name),
    );
    const text = map?.data[topologyKey];
    if (text === undefined) return;
    try {
      this.#data.writeTopology(text);
    } catch (error) {
      this.#say(`can't write the topology into ${this.#data.path}: ${String(error)}`);
    }
  }

  #onDeath(member: string, failures: number, lastWords: readonly string[]): void {
    if (this.#everSettled || failures < startFailuresMax) return;
    const words = lastWords.length > 0 ? `:\n${lastWords.join('\n')}` : '';
    const log = this.#data.logFile(member);
    this.#fail(new Error(`${member} died ${failures} times in a row, see ${log}${words}`));
  }

  #say(text: string): void {
    this.#options.onEvent({ kind: 'notice', from: 'local', level: 'error', text });
  }

  #operatorLog(name: string): Logger {
    return pino(
      {
        level: this.#options.logLevel,
        base: { role: 'operator', name },
        timestamp: pino.stdTimeFunctions.isoTime,
      },
      { write: (line: string) => this.#members.said('operator', line.trimEnd()) },
    );
  }
}

async function readSource(file: string | undefined): Promise<string> {
  if (file === undefined) return builtInCluster;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new LocalError('bad-file', `can't read the cluster's file: ${(error as Error).message}`);
  }
}

async function listen({ host, port }: LocalOptions): Promise<Front> {
  try {
    return await Front.listen({ host, port, clock: systemClock });
  } catch (error) {
    throw listenError(error, `${bracketed(host)}:${port}`, '--port');
  }
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
