import { describe, expect, it } from 'vitest';
import type { MemberStatus, Pod, TopicClusterStatus } from '../../operator/index.ts';
import { outdated } from './outdated.ts';

const noon = Date.parse('2026-01-01T12:00:00Z');
const at = (seconds: number): string => new Date(noon + seconds * 1000).toISOString();

function status(...members: MemberStatus[]): TopicClusterStatus {
  const tier = { desired: 1, ready: 1, updated: 1, summary: '1/1' };
  return {
    observedGeneration: 1,
    conditions: [],
    routers: { ...tier, members },
    storage: { ...tier, members: [] },
    endpoint: '',
  } as unknown as TopicClusterStatus;
}

function pod(name: string, ready: object | undefined, metadata: object = {}): Pod {
  return {
    metadata: { name, namespace: 'default', creationTimestamp: at(0), ...metadata },
    spec: { containers: [] },
    status: { conditions: ready ? [{ type: 'Ready', ...ready }] : [] },
  } as unknown as Pod;
}

const ready = (name: string): MemberStatus => ({ name, ready: true, phase: 'InRotation' });
const isReady = { status: 'True', lastTransitionTime: at(0) };
const failed = { status: 'False', lastTransitionTime: at(10) };

describe('a status that calls a pod ready', () => {
  it('is outdated when the pod has not been so for half a minute', () => {
    const pods = [pod('a', failed), pod('b', isReady)];
    const said = status(ready('a'), ready('b'));
    expect(outdated(said, pods, undefined, noon + 39_000)).toBeUndefined();
    expect(outdated(said, pods, undefined, noon + 40_000)).toEqual({
      since: '2026-01-01T12:00:10Z',
      what: 'the status is of a before that',
    });
  });

  it('is outdated since the first of several pods; one that has begun nothing counts from its making', () => {
    const pods = [pod('a', failed), pod('b', undefined), pod('c', isReady)];
    expect(
      outdated(status(ready('a'), ready('b'), ready('c')), pods, undefined, noon + 60_000),
    ).toEqual({
      since: '2026-01-01T12:00:00Z',
      what: 'the status is of a, b before that',
    });
  });

  it('is outdated when the pod was made after it was written, half a minute ago, also if it is ready', () => {
    const made = pod('a', isReady, { creationTimestamp: at(5) });
    const pods = [made, pod('b', isReady)];
    const said = status(ready('a'), ready('b'));
    const sees = (writtenS: number, nowS: number) => {
      return outdated(said, pods, noon + writtenS * 1000, noon + nowS * 1000)?.what;
    };
    expect([sees(4, 34), sees(4, 35), sees(5, 35), sees(9, 35)]).toEqual([
      undefined,
      'the status is of a before that',
      undefined,
      undefined,
    ]);
  });

  it('may be right about one that is ready, that ends, that is gone, or whose times nobody can read', () => {
    const ends = pod('b', failed, { deletionTimestamp: at(20) });
    const odd = pod('d', { status: 'False', lastTransitionTime: 'soon' });
    const said = status(ready('a'), ready('b'), ready('c'), ready('d'));
    expect(outdated(said, [pod('a', isReady), ends, odd], undefined, noon + 9e9)).toBeUndefined();
  });

  it('is not there, or says itself that the pod is not ready', () => {
    const said = status({ name: 'a', ready: false, phase: 'Unknown' });
    expect(outdated(said, [pod('a', failed)], undefined, noon + 9e9)).toBeUndefined();
    expect(outdated(undefined, [pod('a', failed)], undefined, noon + 9e9)).toBeUndefined();
  });
});
