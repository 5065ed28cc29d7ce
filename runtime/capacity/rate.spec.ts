import { describe, expect, it } from 'vitest';
import { Rate } from './rate.ts';

describe('a rate', () => {
  it('is nothing before it was sampled, then over the window, however young it is', () => {
    let count = 100;
    const rate = new Rate(() => count, 15_000, 1_000);
    expect(rate.perSecond).toBe(0);
    count = 160;
    rate.sample(3_000);
    expect(rate.perSecond).toBe(4);
  });

  it('is over the window, and forgets what was before', () => {
    let count = 0;
    const rate = new Rate(() => count, 15_000, 0);
    for (let second = 1; second <= 60; second++) {
      count += second <= 30 ? 1_000 : 10;
      rate.sample(second * 1_000);
    }
    expect(rate.perSecond).toBe(10);
  });

  it('sees a peak shorter than the window as its part of it', () => {
    let count = 0;
    const rate = new Rate(() => count, 15_000, 0);
    for (let second = 1; second <= 30; second++) {
      if (second === 25) count += 1_500;
      rate.sample(second * 1_000);
    }
    expect(rate.perSecond).toBe(100);
  });

  it('holds for samples that come late', () => {
    let count = 0;
    const rate = new Rate(() => count, 15_000, 0);
    count = 40_000;
    rate.sample(40_000);
    count = 90_000;
    rate.sample(90_000);
    expect(rate.perSecond).toBe(1_000);
  });
});
