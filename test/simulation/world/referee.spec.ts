import { describe, expect, it } from 'vitest';
import type { StorageNode } from '../../../storage/index.ts';
import { Oracle } from '../../support/oracle/index.ts';
import { SimProcess } from './process.ts';
import { Random } from './random.ts';
import { Referee } from './referee.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';

interface Played {
  readonly node: StorageNode;
  /** Lets it take this text as this number of page 7. */
  take(sequence: number, text: string, epoch?: number): void;
}

/** Storage nodes that take what they are told to; topics go from `s-0` to `s-1` where they are handed over. */
function court({ handover = false } = {}) {
  const oracle = new Oracle();
  const trace = new Trace(false);
  const referee = new Referee(oracle, trace);
  const play = (name: string): Played => {
    const self = { name, incarnation: 'run-1' };
    const next = { page: 7, sequence: 1, epoch: 1 };
    const node = {
      self,
      topics: { publish: () => ({ outcome: 1, page: next.page, sequence: next.sequence }) },
      ownership: {
        get version() {
          return { term: 1, epoch: next.epoch };
        },
        placement: {
          ownerOf: () => ({ name: 's-0', incarnation: 'run-1' }),
          heirOf: () => (handover ? { name: 's-1', incarnation: 'run-1' } : undefined),
        },
      },
    } as unknown as StorageNode;
    referee.watch(node, new SimProcess(name, new Timeline(trace), new Random(1)), () => 0);
    return {
      node,
      take(sequence, text, epoch = 1) {
        Object.assign(next, { sequence, epoch });
        const payload = Buffer.from(text);
        node.topics.publish({ cache: 'c', topic: 't', payload, text: true, publisherId: '' }, 0);
      },
    };
  };
  const broken = () => oracle.verdict().violations.map(({ invariant }) => invariant);
  return { one: play('s-0'), other: play('s-1'), broken };
}

describe('the referee', () => {
  it('has nothing against one owner after another, each in its version', () => {
    const { one, other, broken } = court();
    one.take(1, 'a');
    other.take(2, 'b', 2);
    expect(broken()).toEqual([]);
  });

  it('objects to two owners in one version', () => {
    const { one, other, broken } = court();
    one.take(1, 'a');
    other.take(2, 'b');
    expect(broken()).toEqual(['owner']);
  });

  it('lets an heir go on after its source, and objects when the source comes back', () => {
    const { one, other, broken } = court({ handover: true });
    one.take(1, 'a');
    other.take(2, 'b');
    expect(broken()).toEqual([]);
    one.take(3, 'c');
    expect(broken()).toEqual(['owner']);
  });

  it('objects to a number that is given twice, and to one that is left out', () => {
    const { one, broken } = court();
    one.take(1, 'a');
    one.take(1, 'b');
    expect(broken()).toEqual(['I3']);
    one.take(3, 'c');
    expect(broken()).toEqual(['I3', 'I1']);
  });
});
