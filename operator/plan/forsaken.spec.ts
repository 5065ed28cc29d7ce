import { describe, expect, it } from 'vitest';
import { topo } from '../../proto/index.ts';
import type { ObservedMember } from '../observe/index.ts';
import { sampleDead, sampleMember, sampleState } from '../sample.ts';
import { type ForsakenInput, planForsaken } from './forsaken.ts';
import { defaultPolicy } from './policy.ts';
import { type WaitMemory, Waits } from './waits.ts';

const { forsakenMsMin } = defaultPolicy;
const nameOf = (ordinal: number): string => `demo-storage-${ordinal}`;

function topology(ring: readonly number[], to?: readonly number[]): topo.Topology {
  return {
    ...topo.Topology.decode(new Uint8Array()),
    ring: ring.map(nameOf),
    move: to && { ring: to.map(nameOf), phase: topo.MovePhase.PREPARE, sources: [] },
  };
}

/** `stopping serves -`: storage pods by ordinal; `-`: there is none. */
function podsOf(words: string): ObservedMember[] {
  return words.split(' ').flatMap((word, ordinal) => {
    if (word === '-') return [];
    if (word === 'dead') return [sampleDead('storage', ordinal)];
    const stopping = word === 'stopping';
    const ready = word !== 'starting' && word !== 'gone';
    const state =
      word === 'gone' ? undefined : sampleState(nameOf(ordinal), undefined, { stopping });
    const leaving = word === 'stopping' || word === 'deleted' || word === 'gone';
    return [sampleMember('storage', ordinal, undefined, { leaving, ready, state })];
  });
}

/** Plans of one operator, one after the other. */
class Operator {
  #memory: WaitMemory = new Map();

  plan(words: string, nowMs: number, changes: Partial<ForsakenInput> = {}) {
    const waits = new Waits(this.#memory, nowMs);
    const storage = podsOf(words);
    const held = topology(storage.map((pod) => pod.ordinal));
    const input = { held, storage, wanted: storage.length, policy: defaultPolicy, waits };
    const { drains, begun } = planForsaken({ ...input, ...changes });
    this.#memory = waits.memory;
    return { drained: drains.map((drain) => drain.member), begun };
  }
}

/** Who is drained when it was so for long enough. */
function drained(words: string, changes: Partial<ForsakenInput> = {}): readonly string[] {
  const operator = new Operator();
  operator.plan(words, 0, changes);
  return operator.plan(words, forsakenMsMin, changes).drained;
}

describe('storage nodes that were all told to end', () => {
  it('are asked not to wait once that has been so for a while, and an event says it once', () => {
    const operator = new Operator();
    const both = [nameOf(0), nameOf(1)];
    expect(operator.plan('stopping stopping', 0).drained).toEqual([]);
    expect(operator.plan('stopping stopping', forsakenMsMin - 1).drained).toEqual([]);
    expect(operator.plan('stopping stopping', forsakenMsMin)).toEqual({
      drained: both,
      begun:
        'every storage node was told to end, and nobody is there to take over topics: ' +
        'those of demo-storage-0, demo-storage-1 begin new pages',
    });
    const again = operator.plan('stopping stopping', forsakenMsMin + 250);
    expect(again).toEqual({ drained: both, begun: undefined });
  });

  it('wait anew when somebody was there in between', () => {
    const operator = new Operator();
    operator.plan('stopping stopping', 0);
    operator.plan('stopping starting', 500);
    expect(operator.plan('stopping stopping', 1_500).drained).toEqual([]);
  });

  it.each([
    ['one serves', 'stopping serves'],
    ['one starts', 'stopping starting'],
    ['one that is dead may come back', 'stopping dead'],
    ['one is still to be made', 'stopping -'],
  ])('wait for somebody to go to while %s', (_, words) => {
    expect(drained(words, { wanted: 2 })).toEqual([]);
  });

  it('are not asked before their processes know that they are to end', () => {
    expect(drained('deleted stopping')).toEqual([nameOf(1)]);
    expect(drained('gone deleted')).toEqual([]);
  });

  it('are those that own topics, or are to by a move', () => {
    expect(drained('stopping stopping', { held: topology([0]) })).toEqual([nameOf(0)]);
    expect(drained('stopping stopping', { held: topology([0], [1]) })).toHaveLength(2);
    expect(drained('stopping stopping', { held: undefined })).toEqual([]);
  });
});
