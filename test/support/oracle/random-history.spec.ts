import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Oracle } from './oracle.ts';
import { SoundHistory, type Told } from './sound-history.ts';

function judge(told: readonly Told[]): string[] {
  return wordsOf(tell(told));
}

function wordsOf(oracle: Oracle): string[] {
  return oracle.verdict().violations.map(({ invariant, message }) => `${invariant}: ${message}`);
}

/** An oracle that was told all of it; `after` is called after each event. */
function tell(told: readonly Told[], after?: (oracle: Oracle) => void): Oracle {
  const oracle = new Oracle();
  for (const event of told) {
    switch (event.kind) {
      case 'start':
        oracle.publishStarted(event.publisher, 't', event.payload);
        break;
      case 'ack':
        oracle.publishAcked(event.payload);
        break;
      case 'fail':
        oracle.publishFailed(event.payload);
        break;
      case 'open':
        oracle.streamOpened(event.stream, event.stream.split('/')[0] ?? '', 't', event.asked);
        oracle.attached(event.stream);
        break;
      case 'item':
        oracle.item(event.stream, event.place, event.payload);
        break;
      case 'gap': {
        const { page, sequence } = event.next;
        oracle.discontinuity(event.stream, { last: event.last, next: sequence, page });
        break;
      }
      case 'end':
        oracle.streamEnded(event.stream);
        break;
    }
    after?.(oracle);
  }
  return oracle;
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('publish' as const), fc.nat(1), fc.nat(9)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('open' as const), fc.nat(0), fc.nat(0)) },
  { weight: 8, arbitrary: fc.tuple(fc.constant('deliver' as const), fc.nat(9), fc.nat(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('skip' as const), fc.nat(9), fc.nat(3)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('breakOff' as const), fc.nat(9), fc.nat(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('resume' as const), fc.nat(9), fc.nat(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('crash' as const), fc.nat(2), fc.nat(0)) },
);

const soundHistory = fc.array(step, { maxLength: 80 }).map((steps) => {
  const model = new SoundHistory();
  for (const [what, a, b] of steps) model[what](a, b);
  model.settle();
  return model.told;
});

/** The places in a history of items whose loss or repetition somebody must notice. */
function items(told: readonly Told[]): number[] {
  return told.flatMap((event, at) => (event.kind === 'item' ? [at] : []));
}

/** Acknowledged, received by another reader too, and not the first thing its own stream carries. */
function isAccountedFor(told: readonly Told[], at: number): boolean {
  const event = told[at];
  if (event?.kind !== 'item') return false;
  const acked = told.some((other) => other.kind === 'ack' && other.payload === event.payload);
  const seen = told.some(
    (other, i) => i !== at && other.kind === 'item' && other.payload === event.payload,
  );
  const first = told.findIndex(
    (other) => (other.kind === 'item' || other.kind === 'gap') && other.stream === event.stream,
  );
  return acked && seen && first < at;
}

describe('the oracle on random histories', () => {
  it('finds nothing wrong with a sound one', () => {
    fc.assert(
      fc.property(soundHistory, (told) => {
        expect(judge(told)).toEqual([]);
      }),
    );
  });

  it('notices any one item that is delivered twice', () => {
    fc.assert(
      fc.property(soundHistory, fc.nat(), (told, which) => {
        const places = items(told);
        fc.pre(places.length > 0);
        const at = places[which % places.length] ?? 0;
        const again = told[at];
        expect(
          judge([...told.slice(0, at), ...(again ? [again] : []), ...told.slice(at)]),
        ).not.toEqual([]);
      }),
    );
  });

  it('notices any one item that is left out, if another reader has it and this one holds a position', () => {
    fc.assert(
      fc.property(soundHistory, fc.nat(), (told, which) => {
        const places = items(told).filter((at) => isAccountedFor(told, at));
        fc.pre(places.length > 0);
        const at = places[which % places.length] ?? 0;
        expect(judge([...told.slice(0, at), ...told.slice(at + 1)])).not.toEqual([]);
      }),
    );
  });

  it('notices any two items of one reader that change places', () => {
    fc.assert(
      fc.property(soundHistory, fc.nat(), (told, which) => {
        const pairs = items(told).filter((at) => {
          const [here, next] = [told[at], told[at + 1]];
          return here?.kind === 'item' && next?.kind === 'item' && here.stream === next.stream;
        });
        fc.pre(pairs.length > 0);
        const at = pairs[which % pairs.length] ?? 0;
        const swapped = [...told];
        [swapped[at], swapped[at + 1]] = [swapped[at + 1] as Told, swapped[at] as Told];
        expect(judge(swapped)).not.toEqual([]);
      }),
    );
  });

  it('counts what is owed as the verdict does, at every moment and however often it was asked', () => {
    const withLoss = fc.tuple(soundHistory, fc.nat()).map(([told, which]) => {
      const places = items(told);
      const at = places[which % Math.max(1, places.length)];
      return told.filter((_event, index) => index !== at);
    });
    fc.assert(
      fc.property(fc.oneof(soundHistory, withLoss), (told) => {
        tell(told, (oracle) => {
          expect(oracle.owed()).toBe(oracle.verdict().counts.silentLosses);
        });
      }),
    );
  });
});
