import { Server, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { control, type topo } from '../../proto/index.ts';
import { bindServer } from '../../runtime/index.ts';
import { sampleState } from '../sample.ts';
import { GrpcMembers } from './grpc-members.ts';

const topology: topo.Topology = {
  cluster: 'default/demo/uid-1',
  version: { term: 1, epoch: 2 },
  pageOrigin: 3,
  ringEpoch: 0,
  previousRingEpoch: 0,
  caches: [],
  storage: [],
  ring: [],
  settings: undefined,
  move: undefined,
};

describe('GrpcMembers, against a member on this machine', () => {
  const server = new Server();
  const members = new GrpcMembers({ callMsMax: 2000 });
  const pushed: control.PushTopologyRequest[] = [];
  const asked: object[] = [];
  let address = '';

  beforeAll(async () => {
    const service: control.ControlServiceServer = {
      getState: (call, answer) => {
        if (call.request.cluster === topology.cluster) {
          answer(null, sampleState('demo-router-0', { term: 1, epoch: 1 }));
        } else {
          answer({ code: status.FAILED_PRECONDITION, details: 'it belongs to another cluster' });
        }
      },
      pushTopology: (call, answer) => {
        pushed.push(call.request);
        answer(null, {
          outcome: control.PushOutcome.APPLIED,
          version: call.request.topology?.version,
          reason: '',
        });
      },
      drain: (call, answer) => {
        asked.push(call.request);
        answer(null, { connections: 3, subscriptions: 5 });
      },
      shed: (call, answer) => {
        asked.push(call.request);
        answer(null, { connections: 2 });
      },
    };
    server.addService(control.ControlServiceService, service);
    address = `127.0.0.1:${await bindServer(server, '127.0.0.1:0')}`;
    members.retain('default/demo', new Set([address]));
  });

  afterAll(() => {
    members.close();
    server.forceShutdown();
  });

  it('learns what the member says of itself', async () => {
    expect(await members.getState(address, topology.cluster)).toEqual(
      sampleState('demo-router-0', { term: 1, epoch: 1 }),
    );
  });

  it('names the cluster it asks about, and passes on why a member of another one refuses', async () => {
    await expect(members.getState(address, 'default/other/uid-2')).rejects.toThrow(
      /^it belongs to another cluster$/,
    );
  });

  it('hands over a topology and gets the acknowledgement', async () => {
    const answer = await members.pushTopology(address, topology, 7);
    expect(answer).toMatchObject({
      outcome: control.PushOutcome.APPLIED,
      version: { term: 1, epoch: 2 },
    });
    expect(pushed).toEqual([{ topology, confirms: 7 }]);
  });

  it('asks a router to move its clients, all or some', async () => {
    expect(await members.drain(address, 10_000)).toEqual({ connections: 3, subscriptions: 5 });
    expect(await members.shed(address, 2, 900)).toEqual({ connections: 2 });
    expect(asked).toEqual([{ withinMs: 10_000 }, { connections: 2, withinMs: 900 }]);
  });

  it('has one channel for an address, for as long as somebody speaks to it', async () => {
    await members.getState(address, topology.cluster);
    await members.getState(address, topology.cluster);
    expect(members.size).toBe(1);
    members.retain('default/other', new Set([address]));
    members.retain('default/demo', new Set());
    expect(members.size).toBe(1);
    members.retain('default/other', new Set());
    expect(members.size).toBe(0);
  });

  it('says in the same words, every time, that nobody is there', async () => {
    const probe = new Server();
    const port = await bindServer(probe, '127.0.0.1:0');
    probe.forceShutdown();
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(members.getState(`127.0.0.1:${port}`, 'c')).rejects.toThrow(
        /^it cannot be reached$/,
      );
    }
  });

  it('gives up on a member that does not answer in time', async () => {
    const hasty = new GrpcMembers({ callMsMax: 50 });
    const silent = new Server();
    silent.addService(control.ControlServiceService, {
      getState: () => {},
      pushTopology: () => {},
      drain: () => {},
      shed: () => {},
    });
    const port = await bindServer(silent, '127.0.0.1:0');
    await expect(hasty.getState(`127.0.0.1:${port}`, 'c')).rejects.toThrow(
      /^it did not answer within 50 ms$/,
    );
    await expect(hasty.shed(`127.0.0.1:${port}`, 1, 900)).rejects.toThrow(/within 50 ms$/);
    await expect(hasty.drain(`127.0.0.1:${port}`, 9000)).rejects.toThrow(/within 50 ms$/);
    hasty.close();
    silent.forceShutdown();
  });
});
