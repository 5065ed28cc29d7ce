import type { Cancel, Clock } from '../runtime/index.ts';

/** What became of one run. */
export type RunOutcome =
  /** Done; run again after `againMs` if nothing happens before. */
  | { readonly ok: true; readonly againMs: number | undefined }
  /** Something failed. Run again after `againMs`; undefined: after a delay that grows with every failure in a row. */
  | { readonly ok: false; readonly againMs?: number | undefined };

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** From 0 (inclusive) to 1 (exclusive), for the jitter of retries. */
  readonly random: () => number;
  /** Does the work of one key. Never runs twice at a time for one key. Must not reject. */
  readonly run: (key: string) => Promise<RunOutcome>;
  /** Keys that run at the same time; most of a run is waiting. Default 16. */
  readonly runsMax?: number;
  /** Delay after the first failure; doubles with each. Default 100. */
  readonly backoffMsMin?: number;
  /** Default 10 000. */
  readonly backoffMsMax?: number;
  /** What happens cuts the delay after a failure short, but not below this. Default 1000. */
  readonly failedMsMin?: number;
}

/**
 * One key's state:
 * - idle: nothing to do; it may have a timer that adds it
 * - queued: waits for its turn
 * - running: its work is being done
 * - running, dirty: something happened since it began; it is queued again when it ends
 */
interface Entry {
  state: 'idle' | 'queued' | 'running';
  dirty: boolean;
  failures: number;
  timer: Cancel | undefined;
  /** It failed, and its timer runs it again. */
  retry: Retry | undefined;
}

/** Monotonic. */
interface Retry {
  readonly atMs: number;
  /** When it may run if something happens. */
  readonly notBeforeMs: number;
}

const defaults = { runsMax: 16, backoffMsMin: 100, backoffMsMax: 10_000, failedMsMin: 1000 };

/** Work by key: however often a key is added, it runs once, and once more if it was added while it ran. */
export class WorkQueue {
  readonly #options: Required<WorkQueueOptions>;
  readonly #entries = new Map<string, Entry>();
  readonly #queued: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #stopped = false;

  constructor(options: WorkQueueOptions) {
    this.#options = { ...defaults, ...options };
  }

  /** Something happened to this key: it runs now, or soon if it failed a moment ago. */
  add(key: string): void {
    if (this.#stopped) return;
    const entry = this.#entry(key);
    if (entry.state === 'running') entry.dirty = true;
    if (entry.state !== 'idle') return;
    const { clock } = this.#options;
    const earlyMs = (entry.retry?.notBeforeMs ?? 0) - clock.monotonicMs();
    if (entry.retry && earlyMs > 0) {
      if (entry.retry.notBeforeMs < entry.retry.atMs) this.#retry(key, entry, earlyMs, earlyMs);
      return;
    }
    this.#enqueue(key, entry);
  }

  /** It is time to look at this key again, although nothing happened. What failed keeps its delay. */
  revisit(key: string): void {
    const entry = this.#entries.get(key);
    if (entry?.retry || entry?.state === 'running') return;
    this.add(key);
  }

  /** Starts nothing from here on; resolves when nothing runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const entry of this.#entries.values()) entry.timer?.();
    this.#queued.length = 0;
    await Promise.all(this.#running);
    this.#entries.clear();
  }

  /** Keys that wait for their turn or are being worked on. */
  get depth(): number {
    return this.#queued.length + this.#running.size;
  }

  /** Keys that are known, for tests of what is left behind. */
  get size(): number {
    return this.#entries.size;
  }

  #fill(): void {
    while (!this.#stopped && this.#running.size < this.#options.runsMax) {
      const key = this.#queued.shift();
      if (key === undefined) return;
      const run = this.#run(key).finally(() => {
        this.#running.delete(run);
        this.#fill();
      });
      this.#running.add(run);
    }
  }

  async #run(key: string): Promise<void> {
    const entry = this.#entry(key);
    entry.state = 'running';
    entry.dirty = false;
    const outcome = await this.#options.run(key);
    entry.state = 'idle';
    const isDelayed = !outcome.ok && outcome.againMs === undefined;
    if (isDelayed) entry.failures += 1;
    else entry.failures = 0;
    if (this.#stopped) return;
    if (entry.dirty && !isDelayed) return this.add(key);
    if (isDelayed) {
      const delayMs = this.#backoffMs(entry.failures);
      const earliestMs = Math.min(delayMs, this.#options.failedMsMin);
      this.#retry(key, entry, entry.dirty ? earliestMs : delayMs, earliestMs);
    } else if (outcome.againMs === undefined) {
      this.#entries.delete(key);
    } else {
      entry.timer = this.#options.clock.after(outcome.againMs, () => this.add(key));
    }
  }

  #retry(key: string, entry: Entry, delayMs: number, earliestMs: number): void {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    entry.timer?.();
    entry.retry = { atMs: nowMs + delayMs, notBeforeMs: nowMs + earliestMs };
    entry.timer = clock.after(delayMs, () => this.#enqueue(key, entry));
  }

  #enqueue(key: string, entry: Entry): void {
    entry.timer?.();
    entry.timer = undefined;
    entry.retry = undefined;
    entry.state = 'queued';
    this.#queued.push(key);
    // What is added in the same turn becomes one run.
    queueMicrotask(() => this.#fill());
  }

  /** Between half of the delay and all of it, so that many keys that failed together don't come back together. */
  #backoffMs(failures: number): number {
    const { backoffMsMin, backoffMsMax, random } = this.#options;
    const delayMs = Math.min(backoffMsMax, backoffMsMin * 2 ** (failures - 1));
    return delayMs / 2 + (random() * delayMs) / 2;
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key);
    if (known) return known;
    const entry: Entry = {
      state: 'idle',
      dirty: false,
      failures: 0,
      timer: undefined,
      retry: undefined,
    };
    this.#entries.set(key, entry);
    return entry;
  }
}
