import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import { Placement } from '../../topology/index.ts';
import { routerBounds } from '../config.ts';
import { Canaries } from './canaries.ts';

const ring = Array.from({ length: 200 }, (_, n) => `storage-${n}`);

function placementOf(epoch: number): Placement {
  return new Placement({
    cluster: 'default/demo/uid-1',
    version: { term: 1, epoch },
    pageOrigin: 1,
    ringEpoch: 0,
    previousRingEpoch: 0,
    caches: [],
    storage: ring.map((name) => ({ name, address: '127.0.0.1:1', incarnation: name })),
    ring,
    settings: undefined,
    move: undefined,
  });
}

it('canaries get a topic of every owner, in as many turns as it takes; another topology changes none', () => {
  const clock = new ManualClock();
  let placement = placementOf(1);
  const canaries = new Canaries({
    router: 'router-0',
    run: 'one',
    clock,
    log: silentLogger,
    registry: new Registry(),
    bounds: routerBounds,
    placement: () => placement,
    linked: () => false,
  });
  const lanes = (): number => {
    canaries.warmUp();
    const { verdict } = canaries.report();
    return verdict?.is === 'trying' ? verdict.wanted / routerBounds.warmUpItems : 0;
  };
  canaries.start('127.0.0.1:1', 'key');
  const first = lanes();
  expect(first).toBeGreaterThan(100);
  expect(first).toBeLessThan(200);
  clock.advance(500);
  expect(lanes()).toBe(200);
  placement = placementOf(2);
  expect(lanes()).toBe(200);
  canaries.close();
});
