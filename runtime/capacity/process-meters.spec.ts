import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.ts';
import { Capacity, type Dimension } from './capacity.ts';
import { processMeters } from './process-meters.ts';
import { processReads } from './process-reads.ts';

const reads = {
  cpu: 0,
  busy: 0,
  delay: 0,
  closed: false,
  cpuSeconds: () => reads.cpu,
  busySeconds: () => reads.busy,
  delaySeconds: () => reads.delay,
  residentBytes: () => 300,
  cores: 2,
  memoryBytes: 1_000,
  close: () => void (reads.closed = true),
};
let clock: ManualClock;
let capacity: Capacity;

beforeEach(() => {
  Object.assign(reads, { cpu: 0, busy: 0, delay: 0, closed: false });
  clock = new ManualClock();
  capacity = new Capacity(processMeters(reads, 0), clock);
});

/** Seconds in each of which so much is used, and the event loop is so late. */
function pass(seconds: number, { cpu = 0, busy = 0, delay = 0 }): void {
  for (let second = 0; second < seconds; second++) {
    reads.cpu += cpu;
    reads.busy += busy;
    reads.delay = delay;
    clock.advance(1_000);
  }
}

const use = (dimension: Dimension) => capacity.read().find((each) => each.dimension === dimension);
const delay = () => use('event-loop-delay')?.used;

describe('what every process uses', () => {
  it('is CPU of its cores, time of its event loop, and memory', () => {
    pass(30, { cpu: 1.1, busy: 0.8 });
    expect(use('cpu')).toEqual({ dimension: 'cpu', used: expect.closeTo(1.1), limit: 2 });
    expect(use('event-loop')).toMatchObject({ used: expect.closeTo(0.8), limit: 1 });
    expect(use('memory')).toMatchObject({ used: 300, limit: 1_000 });
  });

  it('is not measured any more when it is closed', () => {
    capacity.close();
    expect(reads.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('is found out about this process', () => {
    const real = processReads();
    try {
      expect(real.cpuSeconds()).toBeGreaterThan(0);
      expect(real.busySeconds()).toBeGreaterThanOrEqual(0);
      expect(real.delaySeconds()).toBeGreaterThanOrEqual(0);
      expect(real.residentBytes()).toBeLessThan(real.memoryBytes);
      expect(real.cores).toBeGreaterThan(0);
    } finally {
      real.close();
    }
  });
});

describe('the delay of the event loop', () => {
  it('is what it is where the process is busy all the time', () => {
    pass(15, { busy: 1, delay: 0.08 });
    expect(delay()).toBeCloseTo(0.08);
  });

  it('is next to nothing where the process is idle and the machine is not', () => {
    pass(15, { busy: 0.02, delay: 0.4 });
    expect(delay()).toBeLessThan(0.01);
  });

  it('is not moved by the start of the process', () => {
    pass(6, { busy: 1, delay: 0.5 });
    expect(delay()).toBe(0);
  });

  it('is not moved by a hiccup of some seconds', () => {
    pass(15, { busy: 0.9, delay: 0.002 });
    pass(6, { busy: 1, delay: 0.9 });
    expect(delay()).toBeLessThan(0.01);
  });

  it('is told when it lasts, and forgotten when it is over', () => {
    pass(15, { busy: 0.9, delay: 0.002 });
    pass(8, { busy: 1, delay: 0.2 });
    expect(delay()).toBeCloseTo(0.2);
    pass(8, { busy: 0.5, delay: 0.002 });
    expect(delay()).toBeCloseTo(0.001);
  });
});
