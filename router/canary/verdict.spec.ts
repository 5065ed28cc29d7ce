import { describe, expect, it } from 'vitest';
import type { Tally } from './judge.ts';
import type { LaneReport } from './lane.ts';
import { faultsOf, verdictOf } from './verdict.ts';

const clean: Tally = { arrived: 256, lost: 0, doubled: 0, disordered: 0, changed: 0 };

function lane(n: number, tally: Partial<Tally> = {}, change: Partial<LaneReport> = {}): LaneReport {
  const complete = change.complete ?? change.stalled !== true;
  const plain = { member: `demo-storage-${n}`, tally: { ...clean, ...tally } };
  return { ...plain, stalled: false, refusal: undefined, ...change, complete };
}

const between = (n: number) => `between demo-storage-${n} and the client port`;

describe('the verdict on a warm-up', () => {
  it('is not passed before anything was tried', () => {
    expect(verdictOf([], 256)).toEqual({ is: 'trying', arrived: 0, wanted: 0 });
  });

  it('waits for every lane, also when one has failed', () => {
    const lanes = [lane(0, { lost: 3 }), lane(1, { arrived: 100 }, { complete: false })];
    expect(verdictOf(lanes, 256)).toEqual({ is: 'trying', arrived: 356, wanted: 512 });
  });

  it('is passed when everything came from every member', () => {
    expect(verdictOf([lane(0), lane(1)], 256)).toEqual({ is: 'passed' });
  });

  it.each<[LaneReport[], string]>([
    [[lane(0), lane(1, { arrived: 251, lost: 5 })], `5 of 256 items were lost ${between(1)}`],
    [
      [lane(0, { doubled: 1, changed: 2 })],
      `1 of 256 items were delivered twice, 2 of 256 items were changed ${between(0)}`,
    ],
    [[lane(0, { disordered: 1 })], `1 of 256 items were delivered out of order ${between(0)}`],
    [
      [lane(0, { arrived: 41 }, { stalled: true })],
      '41 of 256 items arrived from demo-storage-0, then none',
    ],
    [
      [lane(0, { arrived: 0 }, { stalled: true, refusal: 'too many' })],
      '0 of 256 items arrived from demo-storage-0, then none; publishing there was refused: too many',
    ],
    [
      [0, 1, 2, 3, 4].map((n) => lane(n, { lost: 1 })),
      `${[0, 1, 2].map((n) => `1 of 256 items were lost ${between(n)}`).join('; ')}; and 2 more`,
    ],
  ])('says what failed (%#)', (lanes, words) => {
    expect(verdictOf(lanes, 256)).toEqual({ is: 'failed', words: `canaries: ${words}` });
  });
});

describe('the faults since then', () => {
  it('are none, or named at once', () => {
    expect(faultsOf([lane(0), lane(1, { arrived: 3 }, { complete: false })])).toBeUndefined();
    expect(faultsOf([lane(0), lane(1, { lost: 1 })])).toBe(
      `canaries: 1 item was lost ${between(1)}`,
    );
    expect(faultsOf([lane(0, { lost: 2 })])).toBe(`canaries: 2 items were lost ${between(0)}`);
  });
});
