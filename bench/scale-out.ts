import { setTimeout as delay } from 'node:timers/promises';
import { topo } from '../proto/index.ts';
import { BenchCluster, cache } from './cluster.ts';
import { Figures, quantile } from './figures.ts';
import { Publishers } from './publishers.ts';

export interface ScaleOutOptions {
  /** The built command: path of a script. */
  readonly program: string;
  /** Topics with one item each. */
  readonly topics: number;
  /** Storage nodes at first; one more joins. */
  readonly storage: number;
  readonly routers: number;
  readonly payloadBytes: number;
  /** Beside the move, on all topics in turn. */
  readonly publishesPerSecond: number;
}

/** What it was like when one more storage node joined. Times in milliseconds, memory in bytes. */
export interface ScaleOutReport {
  readonly moved: number;
  /** Topics that began a new page: given up on their way, or without room where they came. */
  readonly lost: number;
  /** From the first topic that was due to move until the new ring was on record. */
  readonly moveMs: number;
  /** For how long a topic had no owner. */
  readonly pauseMsP50: number;
  readonly pauseMsP99: number;
  /** Publishes beside the move. */
  readonly published: number;
  readonly failed: number;
  readonly answerMsP50: number;
  readonly answerMsP99: number;
  readonly answerMsMax: number;
  readonly members: readonly MemberReport[];
}

export interface MemberReport {
  readonly name: string;
  readonly residentBefore: number;
  /** The largest one seen. */
  readonly residentPeak: number;
  readonly residentAfter: number;
}

const connections = 4;
const fillAtOnce = 512;
const lookMs = 250;
const pauses = 'topicplane_storage_topic_pause_seconds';

/** Many topics on some storage nodes, and one more joins: how long it takes, and what it costs. */
export async function measureScaleOut(options: ScaleOutOptions): Promise<ScaleOutReport> {
  const { program, routers, storage } = options;
  const cluster = await BenchCluster.start(program, { routers, storage });
  const publishers = new Publishers(cluster.endpoint, connections);
  try {
    const topics = Array.from({ length: options.topics }, (_, n) => `topic-${n}`);
    const value = new Uint8Array(options.payloadBytes);
    await publishers.fill(cache, topics, value, fillAtOnce);
    return await measure(cluster, publishers, topics, value, options);
  } finally {
    publishers.close();
    await cluster.stop();
  }
}

async function measure(
  cluster: BenchCluster,
  publishers: Publishers,
  topics: readonly string[],
  value: Uint8Array,
  { routers, storage, publishesPerSecond }: ScaleOutOptions,
): Promise<ScaleOutReport> {
  const before = await residentBytes(cluster);
  const answersMs: number[] = [];
  let failed = 0;
  const publishing = publishers.steadily(cache, topics, value, publishesPerSecond, (tookMs) => {
    if (tookMs === undefined) failed += 1;
    else answersMs.push(tookMs);
  });
  const peak = new Map(before);
  let over = false;
  const looking = (async () => {
    while (!over) {
      for (const [name, bytes] of await residentBytes(cluster)) {
        peak.set(name, Math.max(peak.get(name) ?? 0, bytes));
      }
      await delay(lookMs);
    }
  })();
  // It is told below that it failed, not before.
  looking.catch(() => {});
  const timing = timeOfMove(cluster, storage + 1, () => over);
  let moveMs = Number.NaN;
  try {
    const becoming = cluster.become({ routers, storage: storage + 1 });
    [moveMs] = await Promise.all([timing, becoming]);
  } finally {
    over = true;
    publishers.stop();
    await Promise.allSettled([timing, looking, publishing]);
  }
  await looking;
  const figures = await figuresOf(cluster, 'storage');
  const after = await residentBytes(cluster);
  return {
    moved: figures.value('topicplane_storage_topics_handed_over_total'),
    lost:
      figures.value('topicplane_storage_topics_lost_total') +
      figures.value('topicplane_storage_topics_not_taken_total'),
    moveMs,
    pauseMsP50: figures.quantile(pauses, 0.5) * 1000,
    pauseMsP99: figures.quantile(pauses, 0.99) * 1000,
    published: answersMs.length + failed,
    failed,
    answerMsP50: quantile(answersMs, 0.5),
    answerMsP99: quantile(answersMs, 0.99),
    answerMsMax: quantile(answersMs, 1),
    members: [...after].map(([name, residentAfter]) => ({
      name,
      residentBefore: before.get(name) ?? 0,
      residentPeak: Math.max(peak.get(name) ?? 0, residentAfter),
      residentAfter,
    })),
  };
}

/** From COMMIT on record to a ring of this size on record. NaN: nobody waits for it any more. */
async function timeOfMove(
  cluster: BenchCluster,
  wanted: number,
  isOver: () => boolean,
): Promise<number> {
  let commitMs: number | undefined;
  while (!isOver()) {
    const { ring, move } = cluster.topology();
    if (move?.phase === topo.MovePhase.COMMIT) commitMs ??= performance.now();
    if (!move && ring.length === wanted) return performance.now() - (commitMs ?? Number.NaN);
    await delay(2);
  }
  return Number.NaN;
}

async function residentBytes(cluster: BenchCluster): Promise<ReadonlyMap<string, number>> {
  const members = [...cluster.members('storage'), ...cluster.members('router')];
  const bytes = new Map<string, number>();
  for (const { name, addresses } of members) {
    const address = addresses['admin'];
    if (address === undefined) continue;
    bytes.set(name, (await Figures.of([address])).value('process_resident_memory_bytes'));
  }
  return bytes;
}

function figuresOf(cluster: BenchCluster, role: 'storage' | 'router'): Promise<Figures> {
  return Figures.of(cluster.members(role).flatMap(({ addresses }) => addresses['admin'] ?? []));
}
