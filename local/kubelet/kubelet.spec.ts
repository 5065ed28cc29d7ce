import { describe, expect, test } from 'vitest';
import type { Pod } from '../../operator/index.ts';
import { ManualClock } from '../../runtime/index.ts';
import { commandLine, onLoopback } from './args.ts';
import { askAdmin, type Patient, type StartCheckup } from './checkup.ts';
import type { ProbeResult } from './health.ts';
import { Kubelet } from './kubelet.ts';
import type { PodReport, PodStore } from './pod-store.ts';
import type { MemberProcess, ProcessEvents } from './process.ts';
import { defaultBackoff } from './slot.ts';

const podOf = (name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', uid: name },
  spec: {
    terminationGracePeriodSeconds: 5,
    containers: [{ name: 'storage', image: 'any', args: ['storage'], ports: [] }],
  },
});

/** Pods in a list, processes that do what the test says. */
function setUp(checkup?: StartCheckup) {
  const clock = new ManualClock();
  const pods: Pod[] = [];
  const reports = new Map<string, PodReport>();
  const signals: string[] = [];
  const events: string[] = [];
  const processes: { events: ProcessEvents; pid: number }[] = [];
  let wake = () => {};
  let answer: ProbeResult = { answer: 'ready' };
  const store: PodStore = {
    list: () => Promise.resolve([...pods]),
    watch: (onChange) => {
      wake = onChange;
      return () => {};
    },
    report: (pod, report) => {
      reports.set(pod.metadata.name, report);
      return Promise.resolve();
    },
    remove: (pod) => {
      pods.splice(
        pods.findIndex((other) => other.metadata.uid === pod.metadata.uid),
        1,
      );
      events.push(`${pod.metadata.name} removed`);
      return Promise.resolve();
    },
  };
  const kubelet = new Kubelet({
    store,
    clock,
    backoff: defaultBackoff,
    commandOf: (pod) => commandLine(pod, onLoopback('/t')),
    checkup: checkup ?? askAdmin(() => Promise.resolve(answer)),
    start: (_command, processEvents): MemberProcess => {
      const pid = processes.length + 1;
      processes.push({ events: processEvents, pid });
      return {
        pid,
        signal: (signal) => signals.push(`${pid} ${signal}`),
        handOver: () => {},
      };
    },
    events: {
      started: (member) => events.push(`${member.name} started`),
      health: (member) =>
        events.push(`${member.name} ${member.health.ready ? 'ready' : 'unready'}`),
      said: () => {},
      ended: (member, how, asked) => events.push(`${member.name} ended, ${how}, asked ${asked}`),
      failed: (error) => events.push(String(error)),
    },
  });
  return {
    clock,
    pods,
    reports,
    signals,
    events,
    processes,
    kubelet,
    answers: (result: ProbeResult) => {
      answer = result;
    },
    wake: () => wake(),
  };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

async function oneReady() {
  const world = setUp();
  world.pods.push(podOf('p-0'));
  world.wake();
  await settled();
  world.processes[0]?.events.announced({ link: '127.0.0.1:7', admin: '127.0.0.1:8' });
  await settled();
  return world;
}

describe('a pod', () => {
  test('is reported with its process, addresses and readiness', async () => {
    const { reports, events } = await oneReady();
    expect(events).toEqual(['p-0 started', 'p-0 ready']);
    expect(reports.get('p-0')).toMatchObject({
      annotations: {
        'address.topicplane.dev/link': '127.0.0.1:7',
        'address.topicplane.dev/admin': '127.0.0.1:8',
      },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ restartCount: 0, containerID: 'process://1', ready: true }],
      },
    });
  });

  test('is not ready, without an address, from the moment its process dies, and is restarted at once', async () => {
    const { reports, processes, kubelet } = await oneReady();
    processes[0]?.events.ended('killed by SIGKILL');
    expect(kubelet.members()[0]?.health.ready).toBe(false);
    await settled();
    expect(processes).toHaveLength(2);
    expect(reports.get('p-0')).toMatchObject({
      annotations: {},
      status: {
        conditions: [{ status: 'False' }],
        containerStatuses: [{ restartCount: 1, containerID: 'process://2', ready: false }],
      },
    });
  });

  test('that dies again is restarted after a wait', async () => {
    const { processes, clock } = await oneReady();
    processes[0]?.events.ended('exit code 1');
    await settled();
    processes[1]?.events.ended('exit code 1');
    await settled();
    clock.advance(249);
    await settled();
    expect(processes).toHaveLength(2);
    clock.advance(1);
    await settled();
    expect(processes).toHaveLength(3);
  });

  test('that says it is not ready is not; one that only is silent has three probes', async () => {
    const { kubelet, clock, answers } = await oneReady();
    const ready = () => kubelet.members()[0]?.health.ready;
    const probe = async () => {
      clock.advance(1000);
      await settled();
    };
    answers({ answer: 'none', reason: 'silence' });
    await probe();
    await probe();
    expect(ready()).toBe(true);
    await probe();
    expect(ready()).toBe(false);
    answers({ answer: 'ready' });
    clock.advance(100);
    await settled();
    expect(ready()).toBe(true);
    answers({ answer: 'not-ready', reason: 'draining' });
    await probe();
    expect(ready()).toBe(false);
  });

  test('that is deleted has its process asked, then killed, and goes with it', async () => {
    const { pods, wake, signals, clock, processes, events } = await oneReady();
    pods[0] = {
      ...podOf('p-0'),
      metadata: { ...podOf('p-0').metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    wake();
    await settled();
    expect(signals).toEqual(['1 SIGTERM']);
    clock.advance(5000);
    await settled();
    expect(signals).toEqual(['1 SIGTERM', '1 SIGKILL']);
    processes[0]?.events.ended('killed by SIGKILL');
    await settled();
    expect(events.slice(-2)).toEqual(['p-0 ended, killed by SIGKILL, asked true', 'p-0 removed']);
    expect(processes).toHaveLength(1);
  });
});

describe('a pod that lives and is of no use', () => {
  async function hopeless() {
    let patient: Patient | undefined;
    const world = setUp((begun) => {
      patient = begun;
      return { announced() {}, end() {} };
    });
    world.pods.push(podOf('p-0'));
    world.wake();
    await settled();
    patient?.hopeless('it says nothing sensible');
    return world;
  }

  test('is asked to end, and started again', async () => {
    const { signals, processes, events } = await hopeless();
    expect(signals).toEqual(['1 SIGTERM']);
    processes[0]?.events.ended('exit code 0');
    await settled();
    expect(processes).toHaveLength(2);
    expect(events).toEqual(['p-0 started', 'p-0 ended, exit code 0, asked false', 'p-0 started']);
  });

  test('is killed when it does not end in its time', async () => {
    const { signals, clock, processes } = await hopeless();
    clock.advance(5000);
    expect(signals).toEqual(['1 SIGTERM', '1 SIGKILL']);
    processes[0]?.events.ended('killed by SIGKILL');
    await settled();
    clock.advance(5000);
    expect(signals).toHaveLength(2);
  });
});

describe('ending', () => {
  test('goes group by group, kills what does not end in time, and starts nothing any more', async () => {
    const { kubelet, pods, wake, processes, signals, clock } = setUp();
    pods.push(podOf('a'), podOf('b'));
    wake();
    await settled();
    const over = kubelet.end([(member) => member.name === 'b', () => true], 1000);
    await settled();
    expect(signals).toEqual(['2 SIGTERM']);
    clock.advance(1000);
    expect(signals).toEqual(['2 SIGTERM', '2 SIGKILL']);
    processes[1]?.events.ended('killed by SIGKILL');
    await settled();
    expect(signals.at(-1)).toBe('1 SIGTERM');
    processes[0]?.events.ended('exit code 0');
    await over;
    expect(processes).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});
