import { describe, expect, it } from 'vitest';
import { sampleMember } from '../../sample.ts';
import { type Arrivals, nextArrivals, servingSince } from './arrivals.ts';

const at = (seconds: number) => ({ nowMs: seconds * 1000, wallMs: 1_000_000 + seconds * 1000 });
const [first, second] = [sampleMember('router', 0), sampleMember('router', 1)];
const nobody: Arrivals = { leads: [], pods: new Map() };

describe('how long a new member takes', () => {
  it('is from the first sight of its pod until it serves', () => {
    let arrivals = nextArrivals(nobody, [first], [first], at(0));
    arrivals = nextArrivals(arrivals, [first, second], [first], at(10));
    arrivals = nextArrivals(arrivals, [first, second], [first], at(20));
    expect(arrivals.leads).toEqual([]);
    arrivals = nextArrivals(arrivals, [first, second], [first, second], at(42));
    arrivals = nextArrivals(arrivals, [first, second], [first, second], at(50));
    expect(arrivals.leads).toEqual([{ atMs: 1_042_000, ms: 32_000 }]);
  });

  it('says nothing of one that stopped to serve, and does again', () => {
    let arrivals = nextArrivals(nobody, [first], [first], at(0));
    arrivals = nextArrivals(arrivals, [first], [], at(10));
    arrivals = nextArrivals(arrivals, [first], [first], at(20));
    expect(arrivals.leads).toEqual([]);
  });

  it('says nothing of one that was deleted before it served', () => {
    let arrivals = nextArrivals(nobody, [second], [], at(0));
    arrivals = nextArrivals(arrivals, [], [], at(10));
    const again = { ...second, uid: 'another pod of that name' };
    arrivals = nextArrivals(arrivals, [again], [], at(20));
    arrivals = nextArrivals(arrivals, [again], [again], at(25));
    expect(arrivals.leads.map(({ ms }) => ms)).toEqual([5000]);
  });
});

it('since when members serve is known of those that were seen before', () => {
  let arrivals = nextArrivals(nobody, [first, second], [first], at(0));
  arrivals = nextArrivals(arrivals, [first, second], [first, second], at(7));
  const since = servingSince(arrivals, [first, second]);
  expect([...since]).toEqual([['demo-router-1', 1_007_000]]);
});
