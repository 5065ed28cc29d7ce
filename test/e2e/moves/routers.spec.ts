import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Cluster } from '../../support/cluster.ts';
import { endsOf, Load, type Noticed } from '../../support/load.ts';

const steps = [1, 4];
const others = { storage: 2, drainSeconds: 4, rebalance: false };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ routers: 3, ...others });
});
afterAll(() => cluster.stop());

it('routers come and go: clients that are moved are told to, are moved once, and lose nothing', async () => {
  const load = await Load.start(cluster.endpoint);
  onTestFinished(() => load.close());
  const noticed: Noticed[] = [];
  let from = 3;
  for (const routers of steps) {
    noticed.push(
      await load.during(`routers ${from} -> ${routers}`, async () => {
        cluster.edit({ routers, ...others });
        await cluster.settled(90_000);
      }),
    );
    from = routers;
  }
  const counts = await load.stop();
  expect(load.failures).toEqual([]);
  expect(counts.discontinuities).toBe(0);
  const [fewer, more] = noticed;
  expect(fewer?.moves).toBeGreaterThan(0);
  expect(fewer?.movesMax).toBe(1);
  expect(more?.moves, 'whoever has a router stays there').toBe(0);
  // A router that ends while it holds streams cuts them.
  for (const each of noticed) {
    expect(endsOf(each).filter((kind) => kind !== 'ok after GOAWAY')).toEqual([]);
  }
  for (const { errors, isSubscribed } of load.sdk) {
    expect({ errors, isSubscribed }).toEqual({ errors: [], isSubscribed: true });
  }
});
