import type { Router } from '../../router/router.ts';
import { isRefusal } from '../../router/service.ts';
import { published } from '../../router/testing/index.ts';
import { type Counts, Oracle } from '../support/oracle/index.ts';
import { until } from '../support/until.ts';
import { Reader } from './reader.ts';
import { cache, TwoTiers } from './two-tiers.ts';

/** Small, seeded, good enough to choose what happens next. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const settledWithinMs = 60_000;
const topics = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Publishes one item after the other, each after the last one was answered, until told to stop. */
async function publish(
  name: string,
  routers: readonly Router[],
  oracle: Oracle,
  random: (below: number) => number,
  going: () => boolean,
): Promise<void> {
  const router = routers[random(routers.length)] as Router;
  for (let n = 0; going(); n++) {
    const topic = topics[random(topics.length)] as string;
    const text = `${name} says ${n}`;
    oracle.publishStarted(name, topic, text);
    const payload = Buffer.from(text);
    const request = { cache, topic, payload, text: true, publisherId: '' };
    const result = await published(router, request);
    if (isRefusal(result)) oracle.publishFailed(text);
    else oracle.publishAcked(text);
    if (n % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

export interface Trouble {
  /** At least; a machine that is slow needs more until it has been through `enough`. */
  readonly steps: number;
  readonly enough?: (counts: Counts) => boolean;
  /** Storage nodes; 2 unless said otherwise. The first `owners` own the topics at the start; default: all. */
  readonly storage?: number;
  readonly owners?: number;
  /** What a reader may be behind; little unless said otherwise. */
  readonly outboxBytes?: number;
  readonly happens: (tiers: TwoTiers, random: (below: number) => number) => Promise<void> | void;
  /** What goes on beside everything else is over. */
  readonly over?: () => Promise<void> | undefined;
}

/**
 * Two routers, publishers and two dozen readers that come, go, stop and resume, while `trouble` happens now and then.
 * Ends when the oracle has what it is owed.
 */
export async function run(seed: number, historyItems: number, trouble: Trouble): Promise<Oracle> {
  const world = new TwoTiers(historyItems, trouble.outboxBytes ?? 2_000);
  try {
    return await play(world, seed, trouble);
  } finally {
    await world.stop();
  }
}

async function play(world: TwoTiers, seed: number, trouble: Trouble): Promise<Oracle> {
  const random = randomFrom(seed);
  const oracle = new Oracle();
  const { storage = 2, owners = storage } = trouble;
  await world.start(2, storage, owners);
  const { routers } = world;
  const anyRouter = (): Router => routers[random(routers.length)] as Router;
  await until('the routers are ready', settledWithinMs, () =>
    routers.every((r) => !r.notReadyBecause()),
  );

  const readers = new Set<Reader>();
  let made = 0;
  const open = (): void => {
    const reader = new Reader(`reader ${made++}`, topics[random(topics.length)] as string, oracle);
    reader.open(anyRouter());
    readers.add(reader);
  };
  for (let n = 0; n < 24; n++) open();

  let going = true;
  const publishers = ['one', 'two', 'three'].map((name) =>
    publish(name, routers, oracle, random, () => going),
  );
  const { steps, enough = () => true } = trouble;
  for (let step = 0; step < steps || !enough(oracle.verdict().counts); step++) {
    const all = [...readers];
    const reader = all[random(all.length)] as Reader;
    const roll = random(100);
    if (roll < 40) {
      reader.leave();
      if (reader.resumable) reader.open(anyRouter());
      else readers.delete(reader);
    } else if (roll < 50) open();
    else if (roll < 65) reader.pause();
    else if (roll < 90) reader.resume();
    else await trouble.happens(world, random);
    await new Promise((resolve) => setTimeout(resolve, random(6)));
  }
  await trouble.over?.();
  going = false;
  await Promise.all(publishers);
  for (const reader of readers) reader.resume();
  await until('everybody has what is owed', settledWithinMs, () => oracle.owed() === 0);
  return oracle;
}
