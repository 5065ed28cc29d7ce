import { beforeEach, describe, expect, it } from 'vitest';
import { Lane } from './lane.ts';

const bounds = { warmUpItems: 10, windowItems: 4, intervalMs: 250, stallMsMax: 1_000 };
let lane: Lane;
let sequence: number;

beforeEach(() => {
  lane = new Lane('router-0/0', 'storage-0', bounds);
  sequence = 0;
});

/** Sends what is due. @returns the numbers */
function send(nowMs: number, linked = true): number[] {
  return Array.from({ length: lane.due(nowMs, linked) }, () => lane.sent());
}

function accept(ns: readonly number[]): void {
  for (const n of ns) lane.accepted(n);
}

function arrive(ns: readonly number[]): void {
  for (const n of ns) {
    sequence += 1;
    lane.judge.arrived({ at: { page: 1, sequence }, own: { n, intact: true } });
  }
}

function pass(nowMs: number): void {
  for (let left = 100; left > 0 && !lane.report(nowMs).complete; left -= 1) {
    const ns = send(nowMs);
    accept(ns);
    arrive(ns);
  }
}

describe('a lane', () => {
  it('sends nothing before its stream is open, nor while the owner cannot be reached', () => {
    lane.begin(0);
    expect(send(0)).toEqual([]);
    lane.opened();
    expect(send(0, false)).toEqual([]);
    expect(send(0)).toHaveLength(4);
    lane.ended();
    expect(send(1_000)).toEqual([]);
  });

  it('keeps a window full of unanswered items in a warm-up, and sends no more than it takes', () => {
    lane.begin(0);
    lane.opened();
    const first = send(0);
    expect(first).toHaveLength(4);
    expect(send(0)).toEqual([]);
    accept(first.slice(0, 2));
    expect(send(0)).toHaveLength(2);
    arrive(first);
    accept(first.slice(2));
    accept([4, 5]);
    arrive([4, 5]);
    expect(send(0)).toEqual([6, 7, 8, 9]);
    accept([6, 7, 8, 9]);
    expect(send(0)).toEqual([]);
    expect(lane.report(0).complete).toBe(false);
    arrive([6, 7, 8, 9]);
    expect(lane.report(0)).toMatchObject({ complete: true, stalled: false });
  });

  it('sends one item after the other once it is warm', () => {
    lane.opened();
    lane.begin(0);
    pass(0);
    lane.settle();
    expect(send(250)).toHaveLength(1);
    expect(send(499)).toHaveLength(0);
    expect(send(500)).toHaveLength(1);
  });

  it('sends one more now and then when the last of a warm-up do not come: they show what is lost', () => {
    lane.begin(0);
    lane.opened();
    for (let round = 0; round < 3; round += 1) {
      const ns = send(0);
      accept(ns);
      arrive(ns.filter((n) => n < 8));
    }
    expect(lane.report(0)).toMatchObject({ complete: false });
    const [probe] = send(250);
    sequence += 2;
    arrive([probe as number]);
    expect(lane.report(0).tally).toMatchObject({ lost: 2 });
    expect(lane.report(0).complete).toBe(true);
  });

  it('tries one item at a time after a refusal, and says why', () => {
    lane.begin(0);
    lane.opened();
    for (const n of send(0)) lane.refused(n, 'no owner', 0);
    expect(lane.report(0).refusal).toBe('no owner');
    expect(send(249)).toEqual([]);
    const probe = send(250);
    expect(probe).toHaveLength(1);
    accept(probe);
    expect(lane.report(0).refusal).toBeUndefined();
    expect(send(260)).toHaveLength(4);
  });

  it('has stalled when nothing comes for too long while the owner can be reached', () => {
    lane.begin(0);
    lane.opened();
    arrive(send(0));
    send(500);
    expect(lane.report(1_400).stalled).toBe(false);
    expect(lane.report(1_500).stalled).toBe(true);
    send(1_500, false);
    send(2_600, false);
    expect(lane.report(2_600).stalled).toBe(false);
  });

  it('has to pass all items again after an announced gap in its warm-up', () => {
    lane.begin(0);
    lane.opened();
    const ns = send(0);
    accept(ns);
    arrive(ns);
    sequence = 20;
    lane.judge.announced({ last: 4, next: 20, page: 1 });
    pass(0);
    expect(lane.report(0).tally).toMatchObject({ arrived: 10, lost: 0 });
  });
});
