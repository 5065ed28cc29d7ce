import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History, type HistoryBounds, itemOverheadBytes } from './index.ts';

const wide: HistoryBounds = { itemsMax: 1000, bytesMax: 100_000, ageMsMax: 100_000 };

function itemOf(bytes: number, mark: number): Uint8Array {
  return new Uint8Array(bytes).fill(mark & 0xff);
}

/** Does what a history does without any cleverness. */
class DumbHistory {
  kept: { sequence: number; item: Uint8Array; atMs: number }[] = [];
  end = 1;

  append(item: Uint8Array, atMs: number, bounds: HistoryBounds): void {
    this.kept.push({ sequence: this.end, item, atMs });
    this.end += 1;
    this.trim(atMs, bounds);
  }

  trim(nowMs: number, { itemsMax, bytesMax, ageMsMax }: HistoryBounds): void {
    const fits = () =>
      this.kept.length <= itemsMax &&
      (this.bytes <= bytesMax || this.kept.length === 1) &&
      this.kept.every(({ atMs }) => nowMs - atMs <= ageMsMax);
    while (!fits()) this.kept = this.kept.slice(1);
  }

  get bytes(): number {
    return this.kept.reduce((sum, { item }) => sum + item.length, 0);
  }

  from(sequence: number): Uint8Array[] {
    return this.kept.filter((kept) => kept.sequence >= sequence).map(({ item }) => item);
  }
}

const boundsOf = fc.record({
  itemsMax: fc.integer({ min: 1, max: 40 }),
  bytesMax: fc.integer({ min: 1, max: 400 }),
  ageMsMax: fc.integer({ min: 1, max: 300 }),
});
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ append: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ waitMs: fc.integer({ min: 0, max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ bounds: boundsOf }) },
  { weight: 1, arbitrary: fc.record({ trim: fc.constant(true) }) },
  { weight: 1, arbitrary: fc.record({ clear: fc.constant(true) }) },
);

describe('a history', () => {
  it('holds what its dumb twin holds, whatever happens', () => {
    fc.assert(
      fc.property(boundsOf, fc.array(step, { maxLength: 150 }), (first, steps) => {
        const history = new History();
        const twin = new DumbHistory();
        let bounds = first;
        let nowMs = 0;
        for (const [index, action] of steps.entries()) {
          if ('append' in action) {
            history.append(itemOf(action.append, index), nowMs, bounds);
            twin.append(itemOf(action.append, index), nowMs, bounds);
          } else if ('waitMs' in action) nowMs += action.waitMs;
          else if ('bounds' in action) bounds = action.bounds;
          else if ('clear' in action) {
            history.clear();
            twin.kept = [];
          }
          history.trim(nowMs, bounds);
          twin.trim(nowMs, bounds);
          expect(history.end).toBe(twin.end);
          expect(history.count).toBe(twin.kept.length);
          expect(history.first).toBe(twin.kept[0]?.sequence ?? twin.end);
          expect(history.bytes).toBe(twin.bytes);
          for (const from of [0, history.first, history.first + 2, history.end - 1, history.end]) {
            expect(history.from(from)).toEqual(twin.from(from));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('gives the first items that fit, but one in any case', () => {
    const history = new History();
    for (let mark = 1; mark <= 5; mark++) history.append(itemOf(10, mark), 0, wide);
    expect(history.from(2, 25)).toEqual([itemOf(10, 2), itemOf(10, 3)]);
    expect(history.from(2, 1)).toEqual([itemOf(10, 2)]);
  });

  it('keeps the newest item alone when it is larger than all may be, until the next one', () => {
    const history = new History();
    history.append(itemOf(10, 1), 0, wide);
    history.append(itemOf(200, 2), 0, { ...wide, bytesMax: 100 });
    expect([history.first, history.end, history.bytes]).toEqual([2, 3, 200]);
    history.append(itemOf(10, 3), 0, { ...wide, bytesMax: 100 });
    expect(history.from(0)).toEqual([itemOf(10, 3)]);
  });

  it('counts what items cost beside their bytes', () => {
    const history = new History();
    history.append(itemOf(10, 1), 0, wide);
    history.append(itemOf(20, 2), 0, wide);
    expect(history.retainedBytes).toBe(30 + 2 * itemOverheadBytes);
  });

  it('needs no more slots while items come and go', () => {
    const history = new History();
    for (let mark = 0; mark < 500; mark++)
      history.append(itemOf(1, mark), 0, { ...wide, itemsMax: 4 });
    expect(history.slots).toBe(4);
  });

  it('gives slots back after a burst', () => {
    const history = new History();
    for (let mark = 0; mark < 1000; mark++) history.append(itemOf(1, mark), 0, wide);
    expect(history.slots).toBe(1024);
    for (let turn = 0; turn < 10; turn++) history.trim(0, { ...wide, itemsMax: 3 });
    expect(history.slots).toBeLessThanOrEqual(16);
    history.trim(200_000, wide);
    expect(history.slots).toBe(0);
  });
});
