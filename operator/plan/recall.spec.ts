import { describe, expect, it } from 'vitest';
import type { topo } from '../../proto/index.ts';
import type { HeldTopology, Observed, ObservedMember } from '../observe/index.ts';
import { sampleMember } from '../sample.ts';
import { recall } from './recall.ts';
import { plan, settled } from './testing/settled.ts';

const whole = settled();
if (whole.held.kind !== 'held') throw new Error('a settled cluster has a record');
const { topology } = whole.held;
const at = (term: number, epoch: number): topo.Topology => {
  return { ...topology, version: { term, epoch } };
};
const known = at(1, 4);
const none: HeldTopology = { kind: 'none' };
const held = (record: topo.Topology): HeldTopology => ({ kind: 'held', topology: record });
const members = (version: topo.Version): readonly ObservedMember[] => {
  return [sampleMember('storage', 0, version), sampleMember('storage', 1, version)];
};
const found = (record: HeldTopology, changes: Partial<Observed> = {}): Observed => {
  return { ...whole, held: record, storage: members({ term: 1, epoch: 4 }), ...changes };
};

describe('a record that isn’t what the operator left there', () => {
  it.each<[string, HeldTopology, string]>([
    ['gone', none, 'was deleted'],
    ['damaged', { kind: 'unreadable', problem: 'not JSON' }, "can't be read (not JSON)"],
    ['older', held(at(1, 3)), 'was taken back to 1.3'],
    ['edited', held({ ...known, ring: ['demo-storage-0'] }), 'was edited'],
  ])('is what is remembered when it is %s', (_, record, putBack) => {
    const made = recall(found(record), known, 1);
    expect(made).toMatchObject({ putBack, recorded: known, observed: { held: held(known) } });
  });

  it('is what is remembered when members hold nothing, or less', () => {
    for (const storage of [[], members({ term: 1, epoch: 2 })]) {
      expect(recall(found(none, { storage }), known, 1).observed.held).toEqual(held(known));
    }
  });

  it.each<[string, Observed]>([
    ['a storage node holds a later one', found(none, { storage: members({ term: 1, epoch: 5 }) })],
    [
      'a router holds one of a later term',
      found(none, { routers: [sampleMember('router', 0, { term: 2, epoch: 1 })] }),
    ],
    [
      'it was of an earlier cluster of this name',
      found(none, {
        resource: { ...whole.resource, metadata: { ...whole.resource.metadata, uid: 'uid-2' } },
      }),
    ],
  ])('is gone when %s, and what was remembered is too', (_, observed) => {
    expect(recall(observed, known, 1)).toEqual({
      observed,
      putBack: undefined,
      recorded: undefined,
    });
  });
});

describe('a record', () => {
  it.each([
    ['the same', structuredClone(known)],
    ['a later one', at(1, 5)],
  ])('is believed and remembered when it is %s', (_, record) => {
    const observed = found(held(record));
    expect(recall(observed, known, 1)).toEqual({
      observed,
      putBack: undefined,
      recorded: record,
    });
  });

  it('of a later term is not for this operator to remember', () => {
    expect(recall(found(held(at(2, 5))), known, 1).recorded).toBeUndefined();
  });
});

describe('the plan for a record that is gone', () => {
  const gone = { ...whole, held: none, configMap: undefined };

  it('puts back what is remembered, tells it, and gives nobody anything', () => {
    const { objects, pushes, events } = plan(gone, { recorded: topology });
    expect(objects).toMatchObject([{ kind: 'ConfigMap', object: { data: whole.configMap?.data } }]);
    expect(pushes).toEqual([]);
    expect(events).toEqual([
      {
        type: 'Normal',
        reason: 'RecordPutBack',
        about: 'ConfigMap demo-topology',
        message:
          'the record of the topology was deleted: it is put back, and no topic loses anything by it',
      },
    ]);
  });

  it('changes what has to change besides, from what is remembered', () => {
    const made = plan(gone, { recorded: topology, term: 2 });
    expect(made.topology).toEqual({ ...topology, version: { term: 2, epoch: 2 } });
    const { ringEpoch, previousRingEpoch } = topology;
    expect(made.topology).toMatchObject({ ringEpoch, previousRingEpoch });
  });

  it('warns that topics begin new pages when nobody remembers', () => {
    const { topology: next, events } = plan(gone);
    expect(next).toMatchObject({ ringEpoch: 2, previousRingEpoch: 2 });
    expect(events.find(({ reason }) => reason === 'TopicsLost')).toEqual({
      type: 'Warning',
      reason: 'TopicsLost',
      about: 'ConfigMap demo-topology',
      message:
        "all topics begin new pages, and their histories are lost: the record of the topology was deleted, members hold 1.1, and this operator doesn't know who owned what",
    });
  });

  it('does not speak of what is added when the record was damaged', () => {
    const { events } = plan({ ...whole, held: { kind: 'unreadable', problem: 'not JSON' } });
    const said = events.find(({ reason }) => reason === 'TopologyChanged')?.message;
    expect(said).toContain('its record is written anew');
  });

  it('warns of nothing in a new cluster', () => {
    const storage = [sampleMember('storage', 0), sampleMember('storage', 1)];
    const { events } = plan({ ...gone, storage, routers: [] });
    expect(events.map(({ reason }) => reason)).not.toContain('TopicsLost');
  });
});
