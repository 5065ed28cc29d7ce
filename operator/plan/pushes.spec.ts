import { describe, expect, it } from 'vitest';
import { sampleDead, sampleMember, sampleState } from '../sample.ts';
import { planPushes } from './pushes.ts';
import { topologyOf } from './testing/move-case.ts';

const topology = topologyOf({});
const { version } = topology;
const name = 'demo-storage-0';
const to = { member: name, address: `${name}:8082` };

describe('a topology is pushed', () => {
  it('to members that answer and do not hold it, or a later one', () => {
    const older = { term: 1, epoch: 6 };
    const later = { term: 1, epoch: 8 };
    expect(planPushes(topology, [sampleMember('storage', 0, older)])).toEqual([
      { ...to, confirms: 0 },
    ]);
    expect(planPushes(topology, [sampleMember('storage', 0, version)])).toEqual([]);
    expect(planPushes(topology, [sampleMember('storage', 0, later)])).toEqual([]);
    expect(planPushes(topology, [sampleDead('storage', 0)])).toEqual([]);
  });

  it('to a storage node that stood still though it holds it, with the number of the standstill', () => {
    const state = sampleState(name, version, { standstill: 7 });
    const pushes = planPushes(topology, [sampleMember('storage', 0, undefined, { state })]);
    expect(pushes).toEqual([{ ...to, confirms: 7 }]);
  });

  it('to nobody while it is not on record', () => {
    const state = sampleState(name, version, { standstill: 7 });
    expect(planPushes(undefined, [sampleMember('storage', 0, undefined, { state })])).toEqual([]);
  });
});
