import { afterEach, describe, expect, it } from 'vitest';
import { defaultPolicy } from './plan/index.ts';
import { SampleCluster } from './sample-cluster.ts';

const { acknowledgeMsMax, pushAgainMsMax, recheckMs } = defaultPolicy;

describe('a member that answers and takes no topology', () => {
  const bench = { now: new SampleCluster() };
  const told = { times: 0 };
  const looks: { readonly ok: boolean; readonly atMs: number }[] = [];
  afterEach(() => bench.now.stop());

  /** A router of a cluster that runs has taken nothing for a minute. */
  const deafened = async () => {
    bench.now = new SampleCluster();
    bench.now.write({});
    const pushed = (member: string): void =>
      void (told.times += member === 'demo-router-1' ? 1 : 0);
    const reconciled = (_key: string, ok: boolean): void => {
      looks.push({ ok, atMs: bench.now.clock.monotonicMs() });
    };
    // Nothing but what was left over makes it look again.
    bench.now.start({ observer: { pushed, reconciled }, resyncMs: 1e9 });
    await bench.now.settle();
    const deaf = bench.now.members.processes.get('demo-router-1:8082');
    if (!deaf) throw new Error('there is a router');
    deaf.deaf = true;
    await bench.now.update({ caches: [{ name: 'orders' }] });
    await bench.now.advance(60_000);
    return deaf;
  };

  it('does not hold up a move of the others', async () => {
    await deafened();
    await bench.now.update({ caches: [{ name: 'orders' }], storage: { replicas: 3 } });
    expect((await bench.now.topology()).move).toBeDefined();
    // It is waited for once, before topics move.
    await bench.now.advance(acknowledgeMsMax + 4 * recheckMs);
    const { ring, move } = await bench.now.topology();
    expect([ring.length, move]).toEqual([3, undefined]);
  });

  it('is told again, ever less often, up to a bound; the others once', async () => {
    const deaf = await deafened();
    bench.now.forgetWhatHappened();
    told.times = 0;
    await bench.now.advance(60_000);
    expect(told.times).toBeGreaterThanOrEqual(60_000 / pushAgainMsMax - 1);
    expect(told.times).toBeLessThanOrEqual(60_000 / pushAgainMsMax + 1);
    expect([bench.now.store.writes, bench.now.members.pushes]).toEqual([[], []]);
    deaf.deaf = false;
    await bench.now.advance(pushAgainMsMax);
    expect(bench.now.members.pushes).toEqual(['demo-router-1 1.2']);
  });

  it('is a failure that is told of, and makes the operator look again no sooner than others', async () => {
    await deafened();
    looks.length = 0;
    for (let ms = 0; ms < 10_000; ms += 50) {
      bench.now.clock.advance(50);
      await bench.now.settle();
    }
    const pauses = looks.flatMap(({ ok, atMs }, at) => {
      return ok ? [] : [(looks[at + 1]?.atMs ?? Number.POSITIVE_INFINITY) - atMs];
    });
    expect(pauses.length).toBeGreaterThan(3);
    for (const pause of pauses) expect(pause).toBeGreaterThanOrEqual(recheckMs);
  });

  it('is logged now and then', async () => {
    await deafened();
    const words = bench.now.logged.filter((it) => it === 'a member did not take the topology');
    expect(words.length).toBeGreaterThan(0);
    expect(words.length).toBeLessThan(5);
  });
});
