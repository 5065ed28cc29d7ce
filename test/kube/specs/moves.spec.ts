import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { topo } from '../../../proto/index.ts';
import { parseTopology } from '../../../topology/index.ts';
import { Load } from '../../support/load.ts';
import { measured, round } from '../../support/measured.ts';
import { until } from '../../support/until.ts';
import { Listing } from '../api/index.ts';
import { ProcessKubelet, sharedPlane } from '../index.ts';
import {
  type OperatorProcess,
  type Owned,
  Scene,
  type SpecText,
  type TestCluster,
} from '../scene/index.ts';

const finishedWithinMs = 30_000;
/** A phase that lasts for a few dozen milliseconds is missed now and then: the next move has it, too. */
const attemptsMax = 4;
/** Time for an old leader to do wrong. */
const temptationMs = 2_000;
/** So many that a third of them takes a while to be handed over. */
const keptTopics = 3_000;
const keptTopic = (n: number): string => `kept-${n}`;
const keepers = 10;
const cache = 'cache';
const specOf = (storage: number): SpecText => ({
  caches: [{ name: cache }],
  router: { replicas: 2 },
  storage: { replicas: storage },
});

type Moment = 'prepare' | 'commit' | 'finalise';

let kubelet: ProcessKubelet;
let scene: Scene;
let cluster: TestCluster;
let load: Load;
let record: Listing<Owned>;
let operators: OperatorProcess[] = [];
let started = 0;
/** Of the operator that replaces the last one. */
let starting = Promise.resolve();
let storage = 2;
/** Told of each topology as soon as it is on record. */
let onRecord: (topology: topo.Topology) => void = () => {};

beforeAll(async () => {
  kubelet = await ProcessKubelet.start({ plane: sharedPlane() });
  scene = await Scene.open('moves');
  cluster = scene.cluster('demo');
  for (let n = 0; n < 2; n++) await startOperator();
  await cluster.become(specOf(storage));
  record = new Listing(scene.api, scene.namespace.path('configmaps'), () => {
    const text = record.get(scene.namespace.name, 'demo-topology')?.data?.['topology.json'];
    if (text !== undefined) onRecord(parseTopology(text));
  });
  await record.synced;
  const front = await scene.front('demo');
  await until('both routers are in rotation', 60_000, () => front.endpoints().length === 2);
  load = scene.closesFirst(await Load.start(front.endpoint));
  await Promise.all(Array.from({ length: keepers }, (_, n) => keep(n)));
});

/** One item on each of its share of the topics. */
async function keep(keeper: number): Promise<void> {
  const { client, watch } = load;
  for (let n = keeper; n < keptTopics; n += keepers) {
    const topic = keptTopic(n);
    expect(
      await client.publish(`keeper ${keeper}`, cache, topic, watch.name(topic)),
    ).toBeUndefined();
  }
}

afterAll(async () => {
  await record?.stop();
  await scene?.close();
  await kubelet?.stop();
});

async function startOperator(): Promise<void> {
  const operator = await scene.operator(`operator-${started++}`);
  operators.push(operator);
}

async function leader(): Promise<OperatorProcess> {
  return until('one leader', finishedWithinMs, async () => {
    const leads = await Promise.all(operators.map((each) => each.isLeading()));
    return operators.find((_, n) => leads[n]);
  });
}

function isAt(moment: Moment, { ring, move }: topo.Topology, wanted: number): boolean {
  if (moment === 'finalise') return !move && ring.length === wanted;
  return move?.phase === topo.MovePhase[moment === 'prepare' ? 'PREPARE' : 'COMMIT'];
}

/**
 * Moves topics between two and three nodes; the leader is struck at that moment, and the other operator finishes. Says
 * whether it hit the moment.
 */
async function strike(
  victim: OperatorProcess,
  moment: Moment,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<boolean> {
  const wanted = storage === 2 ? 3 : 2;
  storage = wanted;
  const before = (await cluster.topology()).ring;
  let struckMs: number | undefined;
  onRecord = (topology) => {
    if (struckMs !== undefined || !isAt(moment, topology, wanted)) return;
    victim.signal(signal);
    struckMs = performance.now();
  };
  await cluster.apply(specOf(wanted));
  const sinceMs = await until(`${moment} is on record`, finishedWithinMs, () => struckMs);
  operators = operators.filter((each) => each !== victim);
  const left = await cluster.topology();
  const hit = isAt(moment, left, wanted);
  await starting;
  const successor = await leader();
  const ledMs = performance.now();
  await cluster.settled(finishedWithinMs);
  const tookMs = performance.now() - sinceMs;
  const { ring, move } = await cluster.topology();
  expect(move).toBeUndefined();
  expect(ring).toHaveLength(wanted);
  expect(await successor.isLeading()).toBe(true);
  measured(
    `storage ${before.length} -> ${wanted}, leader ${signal} at ${moment}${hit ? '' : ' (missed)'}: another leads ` +
      `after ${round((ledMs - sinceMs) / 1000, 1)} s, all is done after ${round(tookMs / 1000, 1)} s`,
  );
  expect(tookMs).toBeLessThan(finishedWithinMs);
  return hit;
}

/** Until it was hit; no client notices, whether or not. Returns whom it hit. */
async function unnoticed(moment: Moment, signal: 'SIGKILL' | 'SIGSTOP'): Promise<OperatorProcess> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const victim = await leader();
    let isHit = false;
    let isUnnoticed = false;
    try {
      const noticed = await load.during(`leader struck at ${moment}`, async () => {
        isHit = await strike(victim, moment, signal);
      });
      expect(noticed.failedPublishes, load.failures[0]).toBe(0);
      expect(noticed.moves).toBe(0);
      isUnnoticed = true;
    } finally {
      onRecord = () => {};
      const goesOn = isUnnoticed && isHit && signal === 'SIGSTOP';
      // Whatever came of it: the next move needs another operator, and can begin meanwhile.
      if (!goesOn) replace(victim);
    }
    if (isHit) return victim;
  }
  throw new Error(`${moment} was missed ${attemptsMax} times`);
}

function replace(victim: OperatorProcess): void {
  victim.signal('SIGKILL');
  operators = operators.filter((each) => each !== victim);
  starting = startOperator();
}

describe('a move whose operator dies', () => {
  it.each(['prepare', 'commit', 'finalise'] as const)(
    'at %s is finished by another, and nobody notices',
    async (moment) => {
      await unnoticed(moment, 'SIGKILL');
    },
  );

  it('or stands still at commit and goes on later is finished once', async () => {
    const victim = await unnoticed('commit', 'SIGSTOP');
    const [before, versions] = [await cluster.topology(), await cluster.versions()];
    victim.signal('SIGCONT');
    await delay(temptationMs);
    expect(await victim.isLeading()).toBe(false);
    expect(await cluster.topology()).toEqual(before);
    expect(await cluster.versions()).toEqual(versions);
    for (const { version } of await cluster.states()) expect(version).toEqual(before.version);
  });

  it('loses nothing: every topic is on its page, with its history', async () => {
    const readers = Array.from({ length: 50 }, (_, n) => {
      const topic = keptTopic(Math.floor((n * keptTopics) / 50));
      return load.client.subscribe(cache, topic, { from: { page: 0, sequence: 1 } });
    });
    await until('the histories are served', 60_000, () => readers.every((it) => it.items === 1));
    for (const { name, notices } of readers) expect(notices, name).toEqual([]);
    const counts = await load.stop();
    expect(load.failures).toEqual([]);
    expect(counts.discontinuities).toBe(0);
    for (const topic of load.topics) expect(load.pagesOf(topic), topic).toHaveLength(1);
  });
});
