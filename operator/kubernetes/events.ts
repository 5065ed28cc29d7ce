import { createHash } from 'node:crypto';
import type { Cancel, Clock, Logger } from '../../runtime/index.ts';
import { NowAndThen } from '../now-and-then.ts';
import type { PlanEvent } from '../plan/index.ts';
import type { KubeObject } from '../store.ts';
import type { KubernetesApi } from './api.ts';
import { hasCode } from './errors.ts';
import { microTime } from './lease.ts';
import { pathOfResource } from './resources.ts';

export interface EventBounds {
  /** The same event again within this time is counted, not told anew. Default 360 000. */
  readonly seriesMs: number;
  /** A count is written at most this often. Default 60 000. */
  readonly seriesWriteMs: number;
  /** Events about one object that may come at once. Default 25. */
  readonly burst: number;
  /** After a burst, one more in this time. Default 10 000. */
  readonly refillMs: number;
  /** Events that wait to be sent; what comes on top is dropped. Default 1000. */
  readonly waitingMax: number;
  /** Series that are remembered. Default 1000. */
  readonly seriesMax: number;
}

export const defaultEventBounds: EventBounds = {
  seriesMs: 360_000,
  seriesWriteMs: 60_000,
  burst: 25,
  refillMs: 10_000,
  waitingMax: 1000,
  seriesMax: 1000,
};

export interface EventRecorderOptions {
  readonly api: KubernetesApi;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of this process. */
  readonly instance: string;
  readonly bounds?: Partial<EventBounds>;
}

/** The same event about the same object, again and again. */
interface Series {
  readonly path: string;
  count: number;
  lastMs: number;
  lastWallMs: number;
  writtenCount: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

const apiVersion = 'events.k8s.io/v1';
const resource = 'events';
const controllerName = 'topicplane.dev/operator';
const noteBytesMax = 1024;
const instanceBytesMax = 128;

/**
 * Tells people of what happens to an object, as Kubernetes Events. The same event again becomes a count; too many are
 * dropped; one that can't be written is dropped, because the log has it as well.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #bounds: EventBounds;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #cancelSweep: Cancel;
  readonly #reports: NowAndThen;
  #sending: Promise<void> | undefined;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#bounds = { ...defaultEventBounds, ...options.bounds };
    this.#reports = new NowAndThen(options.clock);
    this.#cancelSweep = options.clock.every(this.#bounds.seriesWriteMs, () => this.#sweep());
  }

  /** Events that were not written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Returns at once. */
  record(regarding: KubeObject, event: PlanEvent): void {
    const { uid = '', namespace, name } = regarding.metadata;
    const key = [uid, namespace, name, event.type, event.reason, event.message].join('\n');
    const nowMs = this.#options.clock.monotonicMs();
    const series = this.#series.get(key);
    if (series && nowMs - series.lastMs < this.#bounds.seriesMs) {
      series.count += 1;
      series.lastMs = nowMs;
      series.lastWallMs = this.#options.clock.wallMs();
      // The first repetition is told at once, later ones by the sweep.
      if (series.count === 2) this.#writeCount(series);
      return;
    }
    if (!this.#take(`${namespace}/${name}`, nowMs)) {
      this.#dropped += 1;
      return;
    }
    this.#create(key, regarding, event, nowMs);
  }

  /** Resolves when everything that waits was tried. */
  async stop(): Promise<void> {
    this.#cancelSweep();
    for (const series of this.#series.values()) this.#writeCount(series);
    while (this.#sending) await this.#sending;
  }

  #create(key: string, regarding: KubeObject, event: PlanEvent, nowMs: number): void {
    const { clock, api, instance } = this.#options;
    const { namespace, name, uid, resourceVersion } = regarding.metadata;
    const wallMs = clock.wallMs();
    const id = createHash('sha256').update(`${key}\n${instance}\n${wallMs}`).digest('hex');
    const eventName = `${name}.${id.slice(0, 16)}`;
    const body = {
      apiVersion,
      kind: 'Event',
      metadata: { name: eventName, namespace },
      eventTime: microTime(wallMs),
      type: event.type,
      reason: event.reason,
      action: 'Reconcile',
      note: cutToBytes(event.message, noteBytesMax),
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        namespace,
        name,
        uid,
        resourceVersion,
      },
      reportingController: controllerName,
      reportingInstance: cutToBytes(instance, instanceBytesMax),
    };
    if (this.#series.size >= this.#bounds.seriesMax) this.#forgetOldest();
    // The newest is last, so the first is the oldest.
    this.#series.delete(key);
    this.#series.set(key, {
      path: pathOfResource(apiVersion, resource, namespace, eventName),
      count: 1,
      lastMs: nowMs,
      lastWallMs: wallMs,
      writtenCount: 1,
    });
    const path = pathOfResource(apiVersion, resource, namespace);
    this.#send(async () => {
      await api.request({ verb: 'create', resource, path, body });
    });
  }

  #writeCount(series: Series): void {
    if (series.count === series.writtenCount) return;
    const { api } = this.#options;
    series.writtenCount = series.count;
    const lastObservedTime = microTime(series.lastWallMs);
    const body = { series: { count: series.count, lastObservedTime } };
    this.#send(async () => {
      await api.request({ verb: 'patch', resource, path: series.path, body });
    });
  }

  #sweep(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [key, series] of this.#series) {
      this.#writeCount(series);
      if (nowMs - series.lastMs >= this.#bounds.seriesMs) this.#series.delete(key);
    }
    for (const [key, bucket] of this.#buckets) {
      const full = this.#bounds.refillMs * this.#bounds.burst;
      if (nowMs - bucket.filledMs >= full) this.#buckets.delete(key);
    }
  }

  #take(key: string, nowMs: number): boolean {
    const { burst, refillMs } = this.#bounds;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, filledMs: nowMs };
    const refilled = (nowMs - bucket.filledMs) / refillMs;
    const tokens = Math.min(burst, bucket.tokens + refilled);
    const isAllowed = tokens >= 1;
    this.#buckets.set(key, { tokens: isAllowed ? tokens - 1 : tokens, filledMs: nowMs });
    return isAllowed;
  }

  #forgetOldest(): void {
    const [oldest] = this.#series.keys();
    if (oldest !== undefined) this.#series.delete(oldest);
  }

  #send(write: () => Promise<void>): void {
    if (this.#waiting.length >= this.#bounds.waitingMax) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(write);
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
    });
  }

  async #drain(): Promise<void> {
    for (let write = this.#waiting.shift(); write; write = this.#waiting.shift()) {
      try {
        await write();
      } catch (error) {
        this.#dropped += 1;
        // An Event that expired at the server has nothing to be counted on.
        if (hasCode(error, 'not-found')) continue;
        this.#warnOfRights(error);
        this.#options.log.debug({ error: String(error) }, 'an Event was not written');
      }
    }
  }
  #warnOfRights(error: unknown): void {
    const { log } = this.#options;
    if (!hasCode(error, 'forbidden') || !this.#reports.isDue(error.message)) return;
    const { message, advice } = error;
    log.warn({ error: message }, `an Event was not written${advice ? `: ${advice}` : ''}`);
  }
}

/** As much of the text as fits, in whole characters: the API server counts the bytes of UTF-8. */
export function cutToBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  // A byte 10xxxxxx goes on with a character that began before.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
