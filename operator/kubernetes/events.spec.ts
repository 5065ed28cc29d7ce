import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import type { PlanEvent } from '../plan/index.ts';
import { sampleResource } from '../sample.ts';
import { KubernetesApi } from './api.ts';
import { cutToBytes, EventRecorder } from './events.ts';
import { HostileServer, refusal, until } from './hostile-server.ts';

const changed: PlanEvent = {
  type: 'Normal',
  reason: 'TopologyChanged',
  message: 'to 1.2',
  about: 'status',
};

describe('the recorder of Events', () => {
  let server: HostileServer;
  let clock: ManualClock;
  let recorder: EventRecorder;
  let answered: number;

  const sent = (count: number) => until(clock, () => answered === count, 0);

  beforeEach(async () => {
    server = await HostileServer.start();
    clock = new ManualClock();
    answered = 0;
    const onAnswer = (): void => void (answered += 1);
    const api = new KubernetesApi({ connection: server.connection, clock, onAnswer });
    recorder = new EventRecorder({ api, clock, log: silentLogger, instance: 'operator-1' });
  });
  afterEach(async () => {
    await recorder.stop();
    await server.stop();
    expect(clock.pending).toBe(0);
  });

  it('writes what the API server asks for', async () => {
    recorder.record(sampleResource(), changed);
    await sent(1);
    expect(server.requests).toEqual(['POST /apis/events.k8s.io/v1/namespaces/default/events']);
    expect(server.bodies[0]).toMatchObject({
      metadata: { namespace: 'default', name: expect.stringMatching(/^demo\.[0-9a-f]{16}$/) },
      eventTime: expect.stringMatching(/\.\d{6}Z$/),
      type: 'Normal',
      reason: 'TopologyChanged',
      action: 'Reconcile',
      note: 'to 1.2',
      regarding: { kind: 'TopicCluster', name: 'demo', uid: 'uid-1' },
      reportingController: 'topicplane.dev/operator',
      reportingInstance: 'operator-1',
    });
  });

  it('counts the same event again instead of telling it anew', async () => {
    for (let count = 0; count < 50; count++) recorder.record(sampleResource(), changed);
    await sent(2);
    expect(server.requests[1]).toMatch(/^PATCH .*\/events\/demo\./);
    expect(server.bodies[1]).toMatchObject({ series: { count: 2 } });
    clock.advance(60_000);
    await sent(3);
    expect(server.bodies[2]).toMatchObject({ series: { count: 50 } });
  });

  it('tells it anew when it comes back after a while', async () => {
    recorder.record(sampleResource(), changed);
    await sent(1);
    clock.advance(400_000);
    recorder.record(sampleResource(), changed);
    await sent(2);
    expect(server.requests[1]).toMatch(/^POST/);
  });

  it('drops what is too much about one object, and not what is about another', async () => {
    for (let count = 0; count < 40; count++) {
      recorder.record(sampleResource(), { ...changed, message: `to 1.${count}` });
    }
    const other = sampleResource();
    recorder.record({ ...other, metadata: { ...other.metadata, name: 'other' } }, changed);
    await sent(26);
    expect(recorder.dropped).toBe(15);
    clock.advance(10_000);
    recorder.record(sampleResource(), { ...changed, message: 'later' });
    await sent(27);
  });

  it('cuts a note to what the API server takes, which counts bytes', async () => {
    const message = `${'€'.repeat(341)}€`;
    recorder.record(sampleResource(), { ...changed, message });
    await sent(1);
    expect(server.bodies[0]).toMatchObject({ note: '€'.repeat(341) });
  });

  it('lets go of what the API server refuses', async () => {
    server.others.push(refusal(403, 'Forbidden'));
    recorder.record(sampleResource(), changed);
    await until(clock, () => recorder.dropped === 1, 0);
  });
});

it.each([
  ['as it is', 'short', 5, 'short'],
  ['at a whole character of two bytes', 'aé', 2, 'a'],
  ['at a whole character of four bytes', 'a😀b', 4, 'a'],
  ['just behind one', 'a😀b', 5, 'a😀'],
  ['to nothing', '😀', 3, ''],
])('a text is cut %s', (_where, text, bytesMax, cut) => {
  expect(cutToBytes(text, bytesMax)).toBe(cut);
});
