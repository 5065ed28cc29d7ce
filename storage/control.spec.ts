import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { control, link, type topo } from '../proto/index.ts';
import { bindServer, ManualClock, silentLogger } from '../runtime/index.ts';
import { createControlServer, StorageControl } from './control.ts';
import { StorageNode } from './node.ts';
import { bounds, self, topology } from './testing/index.ts';

const { APPLIED, KNOWN, STALE, INVALID } = control.PushOutcome;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

async function start() {
  const clock = new ManualClock();
  const node = new StorageNode({ self, bounds: bounds(), clock, log: silentLogger });
  const server = createControlServer(new StorageControl(node));
  const port = await bindServer(server, '127.0.0.1:0');
  const client = new control.ControlServiceClient(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  );
  closing.push(
    () => server.forceShutdown(),
    () => client.close(),
  );
  const push = (map: topo.Topology | undefined, confirms = 0) =>
    new Promise<control.PushTopologyResponse>((resolve, reject) => {
      client.pushTopology({ topology: map, confirms }, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  const state = (cluster = '') =>
    new Promise<control.GetStateResponse>((resolve, reject) => {
      client.getState({ cluster }, (error, answer) => (error ? reject(error) : resolve(answer)));
    });
  const drain = () =>
    new Promise<ServiceError | control.DrainResponse>((resolve) => {
      client.drain({ withinMs: 1000 }, (error, answer) => resolve(error ?? answer));
    });
  const shed = () =>
    new Promise<ServiceError | control.ShedResponse>((resolve) => {
      client.shed({ connections: 1, withinMs: 0 }, (error, answer) => resolve(error ?? answer));
    });
  return { clock, node, push, state, drain, shed };
}

const others = { storage: { [self.name]: self.incarnation, 's-1': 'x' }, ring: ['s-1'] };

describe('a pushed topology', () => {
  it('is answered once it is in force', async () => {
    const { node, push } = await start();
    expect(await push(topology({ epoch: 3 }))).toEqual({
      outcome: APPLIED,
      version: { term: 1, epoch: 3 },
      reason: '',
    });
    expect(node.ownership.role('c', 't').is).toBe('mine');
  });

  it('is known, stale or invalid, with what is held', async () => {
    const { push } = await start();
    await push(topology({ epoch: 3 }));
    const version = { term: 1, epoch: 3 };
    expect(await push(topology({ epoch: 3 }))).toMatchObject({ outcome: KNOWN, version });
    const stale = await push(topology({ epoch: 2 }));
    expect(stale).toMatchObject({ outcome: STALE, version });
    expect(stale.reason).toContain('1.2 is older than 1.3');
    const foreign = await push(topology({ epoch: 9, cluster: 'ns/other/uid-2' }));
    expect(foreign).toMatchObject({ outcome: INVALID, version });
    expect(await push(undefined)).toMatchObject({ outcome: INVALID, version });
  });
});

describe('the state', () => {
  it('says who this is, which topology it holds, and what it serves', async () => {
    const { node, push, state } = await start();
    expect(await state()).toMatchObject({ version: { term: 0, epoch: 0 }, topics: 0 });
    await push(topology({ epoch: 3 }));
    const payload = new Uint8Array(1);
    node.topics.publish({ cache: 'c', topic: 't', payload, text: false, publisherId: '' }, 0);
    const answer = await state();
    expect(answer).toMatchObject({
      name: self.name,
      incarnation: self.incarnation,
      phase: control.Phase.IN_ROTATION,
      version: { term: 1, epoch: 3 },
      topics: 1,
      links: 0,
    });
    expect(answer.residentBytes).toBeGreaterThan(1_000_000);
  });
});

describe('a question about a cluster', () => {
  it('is answered by a node of it', async () => {
    const { state } = await start();
    expect(await state(self.cluster)).toMatchObject({ name: self.name });
  });

  it('is refused by a node of another one, which says whose it is', async () => {
    const { state } = await start();
    await expect(state('ns/other/uid-2')).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: `storage node ${self.name} at this address belongs to cluster ${self.cluster}, not to ns/other/uid-2`,
    });
  });
});

describe('a node that stood still', () => {
  const { standstillMsMin, standstillHoldMsMax } = bounds();
  const publish = (node: StorageNode) => {
    const payload = new Uint8Array(1);
    return node.topics.publish({ cache: 'c', topic: 't', payload, text: false, publisherId: '' }, 0)
      .outcome;
  };
  const { ACCEPTED, MOVED } = link.Outcome;

  async function stoodStill() {
    const started = await start();
    await started.push(topology({ epoch: 3 }));
    expect(publish(started.node)).toBe(ACCEPTED);
    started.clock.advance(standstillMsMin);
    return started;
  }

  it('serves nothing and says so, until the topology comes with the number of the standstill', async () => {
    const { node, state, push } = await stoodStill();
    const { standstill, reason } = await state();
    expect(standstill).toBeGreaterThan(0);
    expect(reason).toContain('stood still');
    expect(publish(node)).toBe(MOVED);
    expect(await push(topology({ epoch: 3 }), standstill)).toMatchObject({ outcome: KNOWN });
    expect(publish(node)).toBe(ACCEPTED);
    expect(await state()).toMatchObject({ standstill: 0, reason: '' });
  });

  it('is confirmed by a newer topology too, and owns what that one says', async () => {
    const { node, state, push } = await stoodStill();
    const { standstill } = await state();
    await push(topology({ epoch: 4, ...others }), standstill);
    expect((await state()).standstill).toBe(0);
    expect(publish(node)).toBe(MOVED);
  });

  it.each([
    ['that was sent before anybody knew of the standstill', { epoch: 3 }, 0],
    ['that is newer, but was sent before', { epoch: 4 }, 0],
    ['older than the one held', { epoch: 2 }, 1],
    ['of another cluster', { epoch: 9, cluster: 'ns/other/uid-2' }, 1],
  ])('is not confirmed by a topology %s', async (_, change, confirms) => {
    const { node, state, push } = await stoodStill();
    const early = await push(topology(change));
    expect(early.outcome).not.toBe(0);
    const { standstill } = await state();
    await push(topology(change), confirms * standstill);
    expect(publish(node)).toBe(MOVED);
    expect((await state()).standstill).toBe(standstill);
  });

  it('serves again when no operator says a word', async () => {
    const { clock, node, state } = await stoodStill();
    await state();
    for (let ms = 0; ms < standstillHoldMsMax; ms += 1_000) {
      expect(publish(node)).toBe(MOVED);
      clock.advance(1_000);
      node.notice();
    }
    expect(publish(node)).toBe(ACCEPTED);
  });
});

describe('the progress of a move', () => {
  const storage = { [self.name]: self.incarnation, 's-1': 'x' };
  const phases = { storage, ring: [self.name] };

  it('is said while the topology held has one in COMMIT', async () => {
    const { node, push, state } = await start();
    await push(topology({ epoch: 3, ...phases }));
    const payload = new Uint8Array(1);
    node.topics.publish({ cache: 'c', topic: 't', payload, text: false, publisherId: '' }, 0);
    expect((await state()).move).toBeUndefined();
    const prepared = { ring: ['s-1'], phase: 1 as const };
    await push(topology({ epoch: 4, ...phases, move: prepared }));
    expect((await state()).move).toBeUndefined();
    await push(topology({ epoch: 5, ...phases, move: { ring: ['s-1'], sources: [self.name] } }));
    expect((await state()).move).toEqual({ left: 1, handedOver: 0, taken: 0, done: false });
    await push(topology({ epoch: 6, ...phases, move: { ring: ['s-1'], sources: [] } }));
    expect((await state()).move).toEqual({ left: 0, handedOver: 0, taken: 0, done: true });
    await push(topology({ epoch: 7, storage, ring: ['s-1'] }));
    expect((await state()).move).toBeUndefined();
  });
});

describe('shedding', () => {
  it('is for routers', async () => {
    const { shed } = await start();
    expect(await shed()).toMatchObject({
      code: status.UNIMPLEMENTED,
      details: 'storage node s-0 has no clients: ask routers',
    });
  });
});

describe('a node that was told to end', () => {
  it('says so', async () => {
    const { node, push, state } = await start();
    await push(topology({ epoch: 3, storage: { [self.name]: self.incarnation, 's-1': 'x' } }));
    expect((await state()).stopping).toBe(false);
    void node.evacuated();
    expect(await state()).toMatchObject({ stopping: true, failedCheck: '' });
  });
});

describe('a drain', () => {
  it('of a node that was told to end ends it, though the ring names it', async () => {
    const { clock, node, push, drain } = await start();
    const storage = { [self.name]: self.incarnation, 's-1': 'x' };
    await push(topology({ epoch: 3, storage, ring: [self.name, 's-1'] }));
    const seen = { ended: false };
    const ended = node.evacuated().then(() => {
      seen.ended = true;
    });
    await Promise.resolve();
    expect(seen.ended).toBe(false);
    expect(await drain()).toEqual({ connections: 0, subscriptions: 0 });
    clock.advance(50);
    await ended;
    expect(seen.ended).toBe(true);
  });

  it('is refused while the ring names this node, and changes nothing', async () => {
    const { node, push, state, drain } = await start();
    await push(topology({ epoch: 3 }));
    expect(await drain()).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'storage node s-0 is in the ring of topology 1.3: push one without it first',
    });
    expect((await state()).phase).toBe(control.Phase.IN_ROTATION);
    expect(node.ownership.role('c', 't').is).toBe('mine');
  });

  it('is done once the ring is without it', async () => {
    const { push, state, drain } = await start();
    await push(topology({ epoch: 3, ...others }));
    expect(await drain()).toEqual({ connections: 0, subscriptions: 0 });
    expect(await state()).toMatchObject({ phase: control.Phase.DRAINING, topics: 0 });
  });

  it('is over when a newer topology gives it topics again', async () => {
    const { push, state, drain } = await start();
    await push(topology({ epoch: 3, ...others }));
    await drain();
    await push(topology({ epoch: 4 }));
    expect((await state()).phase).toBe(control.Phase.IN_ROTATION);
  });

  it('is over as well when a router brings that topology', async () => {
    const { node, push, state, drain } = await start();
    await push(topology({ epoch: 3, ...others }));
    await drain();
    node.offer(topology({ epoch: 4 }));
    expect((await state()).phase).toBe(control.Phase.IN_ROTATION);
    node.offer(topology({ epoch: 5, ...others }));
    expect((await state()).phase).toBe(control.Phase.IN_ROTATION);
  });
});
