import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import type { Cancel, Clock } from '../../runtime/index.ts';
import { writeAtomically } from '../data/index.ts';
import { type Backoff, ended, freshSlot, type Slot, started } from '../kubelet/index.ts';
import { configText, type Target, targetsName, targetsText } from './files.ts';
import { type Kept, startKept } from './kept.ts';

/** What is kept of the past; the first bound that is reached counts. */
const retention = { time: '2d', size: '256MB' };

export interface PrometheusOptions {
  /** Path of the program. */
  readonly program: string;
  /** For its config, its targets and its data; created when it doesn't exist. One running Prometheus each. */
  readonly folder: string;
  /** From one look at the members to the next; whole seconds. */
  readonly scrapeMs: number;
  readonly clock: Clock;
  /** Of one that died. */
  readonly backoff: Backoff;
  readonly events: PrometheusEvents;
}

export interface PrometheusEvents {
  said(line: string): void;
  /** It ended unasked, and is started again. `how` is for people. */
  died(how: string): void;
  /** The targets could not be written; it goes on with those it has. */
  failed(error: unknown): void;
}

/** A Prometheus on a port of this machine's loopback. It is started again when it dies, always at the same port. */
export class Prometheus {
  readonly #options: PrometheusOptions;
  readonly #port: number;
  #kept: Kept | undefined;
  #slot: Slot = freshSlot;
  #targets = '';
  #cancelStart: Cancel | undefined;
  #ending = false;
  #onEnd: (() => void) | undefined;

  private constructor(options: PrometheusOptions, port: number) {
    this.#options = options;
    this.#port = port;
  }

  /** Resolves when it was started, which is before it answers. */
  static async start(options: PrometheusOptions): Promise<Prometheus> {
    const { folder, scrapeMs } = options;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, configName), configText(scrapeMs));
    const prometheus = new Prometheus(options, await freePort());
    prometheus.setTargets([]);
    prometheus.#start();
    return prometheus;
  }

  /** Where people and programs find it. */
  get url(): string {
    return `http://${host}:${this.#port}`;
  }

  get isRunning(): boolean {
    return this.#kept !== undefined;
  }

  /** What it scrapes from now on. */
  setTargets(targets: readonly Target[]): void {
    const text = targetsText(targets);
    if (text === this.#targets) return;
    try {
      writeAtomically(join(this.#options.folder, targetsName), text);
      this.#targets = text;
    } catch (error) {
      this.#options.events.failed(error);
    }
  }

  /** Resolves when it is gone. It is killed if it doesn't end in time. */
  async end(graceMs: number): Promise<void> {
    this.#stopStarting();
    if (!this.#kept) return;
    const cancel = this.#options.clock.after(graceMs, () => this.#kept?.kill());
    const gone = new Promise<void>((resolve) => {
      this.#onEnd = resolve;
    });
    this.#kept.end();
    await gone;
    cancel();
  }

  kill(): void {
    this.#stopStarting();
    this.#kept?.kill();
  }

  #stopStarting(): void {
    this.#ending = true;
    this.#cancelStart?.();
  }

  #start(): void {
    const { clock, program, folder, events } = this.#options;
    this.#slot = started(this.#slot, clock.monotonicMs());
    const args = [
      `--config.file=${join(folder, configName)}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--storage.tsdb.retention.time=${retention.time}`,
      `--storage.tsdb.retention.size=${retention.size}`,
      `--web.listen-address=${host}:${this.#port}`,
    ];
    this.#kept = startKept(program, args, {
      said: (line) => events.said(line),
      ended: (how) => this.#ended(how),
    });
  }

  #ended(how: string): void {
    const { clock, backoff, events } = this.#options;
    this.#kept = undefined;
    this.#onEnd?.();
    if (this.#ending) return;
    const nowMs = clock.monotonicMs();
    this.#slot = ended(this.#slot, nowMs, backoff);
    const { state } = this.#slot;
    const waitMs = state.kind === 'waiting' ? Math.max(0, state.notBeforeMs - nowMs) : 0;
    this.#cancelStart = clock.after(waitMs, () => this.#start());
    events.died(how);
  }
}

const host = '127.0.0.1';
const configName = 'prometheus.yml';

/** Nobody else gets it in the moment before Prometheus takes it: the system hands out others first. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
