import type { Policy } from '../../operator/index.ts';
import { topo } from '../../proto/index.ts';
import { formatVersion } from '../../topology/index.ts';
import { type Counts, complaint } from '../support/oracle/index.ts';
import { happen, heal } from './happen.ts';
import {
  type Kind,
  makeSchedule,
  type Phase,
  type Scheduled,
  seesawMsMin,
  tellSchedule,
} from './schedule.ts';
import { Cluster, type ClusterOptions, type Wish } from './world/cluster.ts';
import { usual } from './world/operators.ts';
import { Random } from './world/random.ts';

export interface Outcome {
  readonly kind: Kind;
  readonly seed: number;
  /** undefined: all was well. */
  readonly problem: string | undefined;
  /** Of everything that happened. */
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly counts: Counts;
  /** What was done to it, and the phases of its moves: how often, by name. */
  readonly happened: ReadonlyMap<string, number>;
  readonly schedule: readonly string[];
  /** Empty unless recorded. */
  readonly trace: readonly string[];
}

const START_MS_MAX = 10_000;
const QUIET_MS = 100;
/** What is promised after the last fault heals (design, section 9: I8). The operator has its own patience on top. */
const SETTLE_MS_MAX = 40_000;
const PROBE_MS_MAX = 1_000;
const LOOK_MS = 50;
/** More than publishes wait in a router. */
const LEADERLESS_MS = 5_000;

/** One life of a cluster, all of it chosen by the seed. */
export async function simulate(
  kind: Kind,
  seed: number,
  { recording = false }: { readonly recording?: boolean } = {},
): Promise<Outcome> {
  const random = new Random(seed);
  const options = makeOptions(random, kind, seed, recording);
  const isLong = random.chance(kind === 'full' ? 0.4 : 0.15);
  const changingMs = isLong ? seesawMsMin + random.between(0, 800) : random.between(300, 1_200);
  const activeMs = kind === 'leaderless' ? changingMs + LEADERLESS_MS : changingMs;
  const schedule = makeSchedule(random, kind, options.wish, activeMs);
  const cluster = new Cluster(options);
  let problem: string | undefined;
  let startedMs = 0;
  try {
    cluster.operators.elect();
    problem = await until(cluster, START_MS_MAX, 'start', () => cluster.unsettled());
    startedMs = cluster.timeline.nowMs;
    problem ??= await live(cluster, kind, random, schedule, activeMs);
  } catch (error) {
    problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { trace, timeline, oracle } = cluster;
  return {
    kind,
    seed,
    problem,
    hash: trace.hash,
    events: trace.events,
    virtualMs: timeline.nowMs,
    counts: oracle.verdict().counts,
    happened: cluster.happened,
    schedule: tellSchedule(schedule, startedMs + QUIET_MS),
    trace: trace.tail(),
  };
}

/** What is safe must not hang on how long an operator waits. */
const impatient: Partial<Policy> = {
  unreadyMsMax: 250,
  unheardMsMax: 100,
  settleMsMax: 100,
  acknowledgeMsMax: 30,
  stalledMsMax: 300,
};

function makeOptions(random: Random, kind: Kind, seed: number, recording: boolean): ClusterOptions {
  const isQuiet = kind !== 'faults';
  // Topics are evicted, refused, and find no room where they are handed over to.
  const isFull = kind === 'full';
  // Where links break, a topic may be left alone for so long that it is evicted by right.
  const isForgetful = isFull || (kind !== 'network' && random.chance(0.3));
  const wish: Wish = {
    routers: isQuiet ? 2 + random.below(2) : 1 + random.below(3),
    storage: 1 + random.below(3),
    image: 'topicplane:1',
  };
  const usualMs = random.pick([0.2, 0.5, 2, 8]);
  const made: ClusterOptions = {
    seed: random.below(2 ** 32),
    recording,
    wish,
    weather: { usualMs, spikeMs: random.pick([5, 40, 150]), spikeEvery: random.pick([8, 40, 400]) },
    encoded: seed % 8 === 0,
    policy: kind === 'faults' && random.chance(0.4) ? impatient : {},
    historyItems: 4_000,
    idleSeconds: isForgetful ? 1 : 60,
    routerBounds: {
      outboxBytesMax: !isQuiet && random.chance(0.2) ? 1_500 : 1_000_000,
      lingerMs: random.pick([0, 2_000]),
    },
    storageBounds: {
      handoffTopicsMax: random.pick([1, 2, 50]),
      handoffTimeoutMs: random.pick([15, 100, 500]),
      sweepMs: 100,
      evacuateMsMax: 10_000,
      ...(isFull && {
        topicsMax: random.pick([3, 1_000, 1_000]),
        evictableAfterMs: random.pick([1, 10]),
      }),
    },
  };
  // As in production: half of what the operator waits.
  const standstillMsMin = (made.policy.unreadyMsMax ?? usual.unreadyMsMax) / 2;
  return { ...made, storageBounds: { ...made.storageBounds, standstillMsMin } };
}

async function live(
  cluster: Cluster,
  kind: Kind,
  random: Random,
  schedule: readonly Scheduled[],
  activeMs: number,
): Promise<string | undefined> {
  const { timeline, oracle, topics } = cluster;
  const isFull = kind === 'full';
  const count = isFull ? 12 : 2 + random.below(7);
  for (let n = 0; n < count; n++) topics.push(`topic-${random.below(1_000)}-${n}`);
  // Nobody listens to some: they are there all the same, or are evicted.
  const heard = topics.slice(0, isFull ? 1 : Math.ceil(topics.length * 0.7));
  for (let n = 0; n < 3 + random.below(6); n++) {
    cluster.subscribe(random.pick(heard), {
      slowMs: random.chance(0.15) ? random.between(1, 40) : 0,
    });
  }
  const paceMs = random.pick(
    isFull ? [3, 25, 40, 60] : kind === 'faults' ? [1.5, 3, 10, 30] : [3, 10, 30],
  );
  // Some topics are quiet: who listens there has received nothing when it is moved.
  const lively = topics.length > 2 ? topics.slice(1) : topics;
  for (let n = 0; n < 1 + random.below(3); n++) cluster.publish(lively, paceMs);
  const beginMs = timeline.nowMs + QUIET_MS;
  await timeline.run(beginMs, never);
  for (const publisher of cluster.publishers) publisher.start();
  plan(cluster, schedule, beginMs);
  await timeline.run(beginMs + activeMs, never);
  if (kind === 'leaderless') judgeSpread(cluster);
  heal(cluster);
  await timeline.run(timeline.nowMs + QUIET_MS, never);
  for (const publisher of cluster.publishers) publisher.stop();
  const problem = await until(cluster, SETTLE_MS_MAX, 'settle', () => {
    const restless = cluster.publishers.find(({ idle }) => !idle);
    if (restless) return `${restless.name} waits for an answer`;
    const unsettled = cluster.unsettled();
    if (unsettled !== undefined) return unsettled;
    const lost = cluster.subscribers.find((it) => !it.closed && !(it.attached && it.idle));
    if (lost) return `${lost.name} isn't attached`;
    const owed = oracle.owed();
    return owed > 0 ? `${owed} items are owed to subscriptions` : undefined;
  });
  // A topic that a full node had no room for is tried again when there is some, which may take longer.
  if (problem === undefined && kind !== 'full') await probe(cluster);
  if (kind !== 'faults' && kind !== 'full') judgePlanned(cluster, kind);
  const broken = complaint(oracle.verdict());
  return problem === undefined ? broken : [problem, ...(broken ? [broken] : [])].join('\n');
}

/** Lets happen what is scheduled; what waits for a phase of a move that never comes doesn't. */
function plan(cluster: Cluster, schedule: readonly Scheduled[], beginMs: number): void {
  const { timeline, operators } = cluster;
  const waiting = new Set<Scheduled>();
  for (const scheduled of schedule) {
    if (scheduled.during) waiting.add(scheduled);
    else timeline.at(beginMs + scheduled.atMs, undefined, () => happen(cluster, scheduled));
  }
  const times: Record<Phase, number> = { PREPARE: 0, COMMIT: 0, over: 0 };
  let wasMoving = false;
  operators.onNews = ({ move }) => {
    const phase = phaseOf(move, wasMoving);
    wasMoving = move !== undefined;
    if (phase) {
      times[phase] += 1;
      cluster.count(phase);
    }
    for (const scheduled of waiting) {
      const { during } = scheduled;
      if (!during || during.phase !== phase || during.nth !== times[phase]) continue;
      waiting.delete(scheduled);
      timeline.after(during.afterMs, undefined, () => {
        if (!cluster.healed) happen(cluster, scheduled);
      });
    }
  };
}

function phaseOf(move: topo.Move | undefined, wasMoving: boolean): Phase | undefined {
  if (!move) return wasMoving ? 'over' : undefined;
  return move.phase === topo.MovePhase.COMMIT ? 'COMMIT' : 'PREPARE';
}

/** I8: an item on every topic reaches every live subscription. */
async function probe(cluster: Cluster): Promise<void> {
  const { timeline, oracle, topics } = cluster;
  const probes = topics.map((topic) => cluster.publish([topic], 1).probe(topic));
  const untilMs = timeline.nowMs + PROBE_MS_MAX;
  const isMissing = () => probes.some((text) => oracle.lacking(text).length > 0);
  await everyLook(
    cluster,
    untilMs,
    () => !isMissing() && cluster.publishers.every((it) => it.idle),
  );
  for (const text of probes) {
    for (const name of oracle.lacking(text)) {
      const message = `${name} did not get "${text}" within ${PROBE_MS_MAX} ms`;
      oracle.violated({ invariant: 'I8', message });
    }
  }
  for (const { name, refusals } of cluster.publishers.slice(-topics.length)) {
    if (refusals.length === 0) continue;
    oracle.violated({ invariant: 'I8', message: `${name} was refused: ${refusals[0]}` });
  }
}

/** Nobody told them, and all hold what one of them was told; but for those that no router knows of. */
function judgeSpread(cluster: Cluster): void {
  const linked = cluster.storage().filter(({ node }) => node.links.links > 0);
  const members = [...linked, ...cluster.routers()];
  const held = members.map((it) => `${it.name} holds ${formatVersion(it.version)}`);
  if (new Set(members.map((it) => formatVersion(it.version))).size < 2) return;
  cluster.oracle.violated({ invariant: 'planned', message: held.join(', ') });
}

/** Nobody may notice what was planned; when links break, publishes may fail and late subscribers may be told so. */
function judgePlanned(cluster: Cluster, kind: Kind): void {
  const { oracle, publishers, subscribers, referee, topics } = cluster;
  const note = (message: string) => oracle.violated({ invariant: 'planned', message });
  for (const topic of topics) {
    // One that nobody listens to may be evicted, and begins a new page after.
    if (!subscribers.some((it) => it.topic === topic && !it.closed)) continue;
    const pages = referee.pages.get(topic)?.size ?? 0;
    if (pages > 1) note(`${topic} had ${pages} pages`);
  }
  if (kind === 'network') return;
  for (const { name, refusals } of publishers) {
    if (refusals.length > 0) note(`${name} was refused: ${refusals[0]}`);
  }
  const { discontinuities } = oracle.verdict().counts;
  if (discontinuities > 0) note(`${discontinuities} discontinuities were told`);
}

/** Waits until nothing stands against it; what does stand against it when time is up. */
async function until(
  cluster: Cluster,
  msMax: number,
  what: string,
  against: () => string | undefined,
): Promise<string | undefined> {
  let reason: string | undefined = 'nothing was looked at';
  await everyLook(cluster, cluster.timeline.nowMs + msMax, () => {
    reason = against();
    return reason === undefined;
  });
  return reason === undefined ? undefined : `it did not ${what} within ${msMax} ms: ${reason}`;
}

async function everyLook(
  { timeline }: Cluster,
  untilMs: number,
  isDone: () => boolean,
): Promise<void> {
  while (!isDone() && timeline.nowMs < untilMs) {
    await timeline.run(Math.min(untilMs, timeline.nowMs + LOOK_MS), never);
  }
}

function never(): boolean {
  return false;
}
