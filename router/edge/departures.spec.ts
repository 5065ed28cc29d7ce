import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { DeadlineWheel } from './deadlines.ts';
import { Departures } from './departures.ts';

const topic = (name: string) => ({ cache: 'cache', topic: name });
const at = (sequence: number) => ({ page: 7, sequence });

let clock: ManualClock;
let departures: Departures;

beforeEach(() => {
  clock = new ManualClock();
  departures = new Departures(new DeadlineWheel(clock, 25), 10_000, 3);
});

describe('a departure', () => {
  it('is found by all who come back, at the position of the first who left', () => {
    departures.remember(topic('a'), at(5));
    departures.remember(topic('a'), at(8));
    expect(departures.find(topic('a'))).toEqual(at(5));
    expect(departures.find(topic('a'))).toEqual(at(5));
    expect(departures.find(topic('b'))).toBeUndefined();
  });

  it('is forgotten some time after the last who left', () => {
    departures.remember(topic('a'), at(5));
    clock.advance(8_000);
    departures.remember(topic('a'), at(8));
    clock.advance(9_000);
    expect(departures.find(topic('a'))).toEqual(at(5));
    clock.advance(1_000);
    expect(departures.find(topic('a'))).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('makes room for the next when there are too many', () => {
    for (const name of ['a', 'b', 'c', 'd']) departures.remember(topic(name), 'unknown');
    expect(departures.find(topic('a'))).toBeUndefined();
    expect(departures.find(topic('d'))).toBe('unknown');
  });
});
