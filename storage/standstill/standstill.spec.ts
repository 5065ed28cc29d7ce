import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { Standstill } from './standstill.ts';

const rules = { standstillMsMin: 5_000, standstillHoldMsMax: 15_000 };
const originMs = 1_764_000_000_000;

/** A process that looks every 100 ms while it runs. */
function start() {
  const clock = new ManualClock(originMs);
  const standstill = new Standstill(rules, clock.monotonicMs(), clock.wallMs());
  const look = (setMs = 0) => standstill.look(clock.monotonicMs(), clock.wallMs() + setMs);
  const run = (forMs: number) => {
    for (let ms = 0; ms < forMs; ms += 100) {
      clock.advance(100);
      look();
    }
  };
  return { clock, standstill, look, run };
}

/** One that stood still and looks for the first time. */
function stoodStill() {
  const started = start();
  started.clock.advance(rules.standstillMsMin);
  started.look();
  return started;
}

describe('a process', () => {
  it('serves while it looks, and when it was late by less than counts', () => {
    const { clock, standstill, look, run } = start();
    run(60_000);
    clock.advance(rules.standstillMsMin - 1);
    expect(look()).toBeUndefined();
    expect(standstill.held).toBe(0);
  });

  it('is held from the first look after it stood still', () => {
    const { clock, standstill, look, run } = start();
    run(1_000);
    clock.advance(5_000);
    expect(look()).toEqual({ is: 'stood-still', forMs: 5_000 });
    expect(standstill.held).toBeGreaterThan(0);
    expect(look()).toBeUndefined();
  });

  it('stood still too when only the wall clock went on: the machine was suspended', () => {
    const { look, standstill } = start();
    expect(look(8 * 3_600_000)).toEqual({ is: 'stood-still', forMs: 8 * 3_600_000 });
    expect(standstill.held).toBeGreaterThan(0);
  });

  it('is not held because the wall clock was set back, and is though it was', () => {
    const { clock, look, standstill } = start();
    expect(look(-3_600_000)).toBeUndefined();
    clock.advance(5_000);
    expect(look(-7_200_000)).toEqual({ is: 'stood-still', forMs: 5_000 });
    expect(standstill.held).toBeGreaterThan(0);
  });
});

describe('a process that stood still', () => {
  it('serves when its standstill is confirmed, once', () => {
    const { standstill } = stoodStill();
    const { held } = standstill;
    expect(standstill.confirm(held)).toBe(true);
    expect(standstill.held).toBe(0);
    expect(standstill.confirm(held)).toBe(false);
  });

  it('does not take a word about another standstill, or about none', () => {
    const { clock, look, standstill } = stoodStill();
    const first = standstill.held;
    clock.advance(5_000);
    look();
    expect(standstill.held).toBe(first + 1);
    for (const number of [0, 1, first, first + 2]) expect(standstill.confirm(number)).toBe(false);
    expect(standstill.held).toBe(first + 1);
  });

  it('counts from the time of its start: an earlier process of this name had other numbers', () => {
    expect(stoodStill().standstill.held).toBe(originMs + 1);
  });

  it('serves without a word after a while, and tells it once', () => {
    const { clock, look, run, standstill } = stoodStill();
    run(rules.standstillHoldMsMax - 100);
    expect(standstill.held).toBeGreaterThan(0);
    clock.advance(100);
    expect(look()).toEqual({ is: 'alone' });
    expect(standstill.held).toBe(0);
    expect(look()).toBeUndefined();
  });

  it('waits anew when it stands still again', () => {
    const { clock, look, run, standstill } = stoodStill();
    run(rules.standstillHoldMsMax - 100);
    clock.advance(5_000);
    look();
    run(rules.standstillHoldMsMax - 100);
    expect(standstill.held).toBeGreaterThan(0);
  });
});
