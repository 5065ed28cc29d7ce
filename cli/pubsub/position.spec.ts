import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { after, afterEnd, fromNow } from './position.ts';

const item = (sequence: number, page: number) => ({
  kind: {
    $case: 'item' as const,
    value: {
      topicSequenceNumber: sequence,
      sequencePage: page,
      publisherId: '',
      value: undefined,
    },
  },
});

describe('a subscription that comes back', () => {
  test('asks for the item after the last one', () => {
    expect(after(fromNow, item(7, 3))).toEqual({ sequence: 8, page: 3 });
  });
  test('asks for what follows a gap', () => {
    const value = { lastTopicSequence: 2, newTopicSequence: 9, newSequencePage: 4 };
    expect(after(fromNow, { kind: { $case: 'discontinuity', value } })).toEqual({
      sequence: 10,
      page: 4,
    });
  });
  test('asks as before when it has heard nothing but heartbeats', () => {
    const start = { sequence: 5, page: 1 };
    expect(after(start, { kind: { $case: 'heartbeat', value: {} } })).toBe(start);
  });
});

describe('the end of a stream', () => {
  test('that is clean means: come back at once', () => {
    expect(afterEnd(status.OK, true, 0)).toEqual({ kind: 'again', inMs: 0 });
  });
  test('that breaks means: come back soon, later and later, at most after 2 s', () => {
    const waits = [0, 1, 2, 3, 4, 5, 6, 50].map((fruitless) =>
      afterEnd(status.UNAVAILABLE, true, fruitless),
    );
    expect(waits.map((next) => next.kind === 'again' && next.inMs)).toEqual([
      100, 100, 200, 400, 800, 1600, 2000, 2000,
    ]);
  });
  test('that is final, or comes before anything was heard, means: give up', () => {
    for (const code of [status.NOT_FOUND, status.INVALID_ARGUMENT, status.CANCELLED]) {
      expect(afterEnd(code, true, 0)).toEqual({ kind: 'give-up' });
    }
    expect(afterEnd(status.UNAVAILABLE, false, 1)).toEqual({ kind: 'give-up' });
  });
  test('that is clean but empty again and again does not make a tight loop', () => {
    expect(afterEnd(status.OK, true, 1)).toEqual({ kind: 'again', inMs: 100 });
  });
});
