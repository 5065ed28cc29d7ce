import { beforeEach, describe, expect, it } from 'vitest';
import { createRegistry, ManualClock, type Registry, silentLogger } from '../../runtime/index.ts';
import type { CanaryReport } from '../canary/index.ts';
import { Rotation } from './rotation.ts';

const bounds = { leaveRotationMs: 500, warmUpAgainMs: 3_000, canarySilenceMsMax: 3_000 };

let clock: ManualClock;
let registry: Registry;
let deeds: string[];
let report: CanaryReport;
let moved: () => void;
let rotation: Rotation;

beforeEach(() => {
  clock = new ManualClock();
  registry = createRegistry('router', 'r');
  deeds = [];
  report = { verdict: undefined, silentMs: 0 };
  const at = (what: string) => deeds.push(`${clock.monotonicMs()} ${what}`);
  rotation = new Rotation({
    clock,
    log: silentLogger,
    registry,
    bounds,
    hasTopology: () => true,
    unlinked: () => [],
    canaries: {
      report: () => report,
      warmUp: () => at('warm-up'),
      close: () => at('end-canaries'),
    },
    sayLeaving: () => at('say-leaving'),
    moveClients: (withinMs) => {
      at(`move-clients ${withinMs}`);
      return new Promise<void>((resolve) => (moved = resolve));
    },
  });
});

function warmUp(): void {
  clock.advance(1_000);
  report = { verdict: { is: 'passed' }, silentMs: 0 };
  clock.advance(50);
}

const value = async (name: string, labels: Record<string, string> = {}) => {
  const values = (await registry.getSingleMetric(name)?.get())?.values ?? [];
  const found = values.find((each) =>
    Object.entries(labels).every(([k, v]) => each.labels[k] === v),
  );
  return found?.value;
};

describe('the driver of the life of a router', () => {
  it('warms up, and tells how long it took and which phase it is in', async () => {
    warmUp();
    expect(deeds).toEqual(['50 warm-up']);
    expect(rotation.notReadyBecause()).toBeUndefined();
    expect(await value('topicplane_router_last_warm_up_seconds')).toBe(1);
    expect(await value('topicplane_router_phase', { phase: 'in-rotation' })).toBe(1);
    expect(await value('topicplane_router_phase', { phase: 'warming' })).toBe(0);
  });

  it('stops in order, and says when it has', async () => {
    warmUp();
    let stopped = false;
    const over = rotation.stop(2_000).then(() => (stopped = true));
    expect(rotation.notReadyBecause()).toBe('draining');
    clock.advance(1_000);
    moved();
    await Promise.resolve();
    clock.advance(50);
    await over;
    expect(stopped).toBe(true);
    expect(deeds.slice(1)).toEqual([
      '1550 say-leaving',
      '1650 move-clients 2000',
      '2050 end-canaries',
    ]);
    rotation.close();
    expect(clock.pending).toBe(0);
  });

  it('hurries a drain under way when it has to stop sooner', () => {
    warmUp();
    rotation.drain(60_000);
    clock.advance(1_000);
    rotation.drain(60_000);
    void rotation.stop(2_000);
    expect(deeds.filter((deed) => deed.includes('move'))).toEqual([
      '1650 move-clients 60000',
      '2050 move-clients 2000',
    ]);
  });

  it('stops at once when it had nothing to move and is asked again', async () => {
    warmUp();
    rotation.drain(1_000);
    clock.advance(700);
    moved();
    await Promise.resolve();
    clock.advance(50);
    await rotation.stop(1_000);
    expect(rotation.state.phase).toBe('stopped');
    await rotation.stop(1_000);
  });
});
