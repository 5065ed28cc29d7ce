import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeartbeatWheel } from './heartbeats.ts';

class Stream {
  beatsAtMs: number[] = [];
  busy = false;
  nowMs = 0;
  wroteSinceAsked(): boolean {
    return this.busy;
  }
  beat(): void {
    this.beatsAtMs.push(this.nowMs);
  }
}

function run(wheel: HeartbeatWheel, stream: Stream, untilMs: number, stepMs = 100): void {
  for (; stream.nowMs < untilMs; ) {
    stream.nowMs += stepMs;
    wheel.tick(stream.nowMs);
  }
}

describe('heartbeats', () => {
  it('come every second for ten seconds, then at the interval', () => {
    const wheel = new HeartbeatWheel(0, 5_000);
    const stream = new Stream();
    wheel.add(stream);
    run(wheel, stream, 25_000, 50);
    expect(stream.beatsAtMs).toEqual([
      1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000, 15000, 20000, 25000,
    ]);
  });

  it('are left out while items flow', () => {
    const wheel = new HeartbeatWheel(0, 5_000);
    const stream = new Stream();
    stream.busy = true;
    wheel.add(stream);
    run(wheel, stream, 60_000);
    expect(stream.beatsAtMs).toEqual([]);
    stream.busy = false;
    run(wheel, stream, 66_000);
    expect(stream.beatsAtMs).toHaveLength(1);
  });

  it('stop when the stream is taken off, and leave nothing behind', () => {
    const wheel = new HeartbeatWheel(0, 5_000);
    const stream = new Stream();
    const takeOff = wheel.add(stream);
    run(wheel, stream, 3_000);
    takeOff();
    expect(wheel.size).toBe(0);
    run(wheel, stream, 30_000);
    expect(stream.beatsAtMs).toHaveLength(3);
  });

  it('go on when the interval changes', () => {
    const wheel = new HeartbeatWheel(0, 5_000);
    const streams = Array.from({ length: 20 }, () => new Stream());
    for (const stream of streams) wheel.add(stream);
    for (const stream of streams) stream.nowMs = 0;
    for (let nowMs = 50; nowMs <= 60_000; nowMs += 50) {
      if (nowMs === 12_000) wheel.intervalMs = 2_000;
      for (const stream of streams) stream.nowMs = nowMs;
      wheel.tick(nowMs);
    }
    expect(wheel.size).toBe(20);
    for (const stream of streams) {
      const late = stream.beatsAtMs.filter((atMs) => atMs > 20_000);
      expect(late.length).toBeGreaterThanOrEqual(19);
    }
  });

  it('never come more than a slot late for any interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 60_000 }), (intervalMs) => {
        const wheel = new HeartbeatWheel(0, intervalMs);
        const stream = new Stream();
        wheel.add(stream);
        run(wheel, stream, 10_000 + 3 * intervalMs, 250);
        const at = [0, ...stream.beatsAtMs];
        for (let i = 1; i < at.length; i++) {
          expect((at[i] as number) - (at[i - 1] as number)).toBeLessThanOrEqual(intervalMs + 250);
        }
        expect(at.length).toBeGreaterThan(10);
      }),
      { numRuns: 50 },
    );
  });
});
