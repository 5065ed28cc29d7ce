import { afterEach, describe, expect, it } from 'vitest';
import type { Router } from '../../router/router.ts';
import { isRefusal } from '../../router/service.ts';
import { complaint, Oracle } from '../support/oracle/index.ts';
import { Reader } from './reader.ts';
import { cache, TwoTiers } from './two-tiers.ts';

let tiers: TwoTiers | undefined;
afterEach(async () => {
  await tiers?.stop();
  tiers = undefined;
});

/** Small, seeded, good enough to choose what happens next. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

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
    const result = await router.publish({ cache, topic, payload, text: true, publisherId: '' });
    if (isRefusal(result)) oracle.publishFailed(text);
    else oracle.publishAcked(text);
    if (n % 8 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Trouble {
  readonly steps: number;
  readonly happens: (tiers: TwoTiers, random: (below: number) => number) => Promise<void> | void;
}

async function run(seed: number, historyItems: number, trouble: Trouble): Promise<Oracle> {
  const random = randomFrom(seed);
  const oracle = new Oracle();
  const world = new TwoTiers(historyItems);
  tiers = world;
  await world.start(2, 2);
  const { routers } = world;
  const anyRouter = (): Router => routers[random(routers.length)] as Router;
  await expect
    .poll(() => routers.every((r) => !r.notReadyBecause()), { timeout: 5_000 })
    .toBe(true);

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
  for (let step = 0; step < trouble.steps; step++) {
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
  going = false;
  await Promise.all(publishers);
  for (const reader of readers) reader.resume();
  await expect.poll(() => oracle.owed(), { timeout: 10_000, interval: 20 }).toBe(0);
  return oracle;
}

describe('two tiers', { timeout: 30_000 }, () => {
  it('lose nothing in silence while links break and readers come, go, stop and resume', async () => {
    const oracle = await run(1, 10_000, {
      steps: 400,
      happens: (world, random) => world.cutLinks(random(2)),
    });
    const verdict = oracle.verdict();
    expect(complaint(verdict)).toBeUndefined();
    expect(verdict.counts.acked).toBeGreaterThan(500);
    expect(verdict.counts.delivered).toBeGreaterThan(1_000);
  });

  it('announce exactly what a short history could not give back', async () => {
    const oracle = await run(2, 20, {
      steps: 300,
      happens: (world, random) => world.cutLinks(random(2)),
    });
    const verdict = oracle.verdict();
    expect(complaint(verdict)).toBeUndefined();
    expect(verdict.counts.announcedMissing).toBeGreaterThan(0);
  });

  it('announce what is lost when storage nodes lose their memory and owners change', async () => {
    const rings = [[0], [1], [0, 1]];
    const oracle = await run(3, 100, {
      steps: 300,
      happens: (world, random) => {
        if (random(2) === 0) return world.restart(random(2));
        return world.ownedBy(rings[random(rings.length)] as number[]);
      },
    });
    const verdict = oracle.verdict();
    expect(complaint(verdict)).toBeUndefined();
    expect(verdict.counts.discontinuities).toBeGreaterThan(0);
  });
});
