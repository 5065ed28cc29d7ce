import { credentials, status } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { control } from '../proto/index.ts';
import { type RouterProcess, startControl } from './control.ts';

const identity = { cluster: 'ns/c/uid-1', router: 'c-router-0', incarnation: 'run-1' };
const live = { storage: 'c-storage-0', incarnation: 'x', version: { term: 1, epoch: 2 } };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What a router with one live link says to a question about a cluster. */
async function ask(cluster: string): Promise<control.GetStateResponse> {
  const process = {
    router: {
      topology: { version: { term: 1, epoch: 2 } },
      hub: { subscriptions: 0, topics: 0 },
      links: { openCount: 1, live: [live] },
    },
    edge: { connections: () => 0, subscriptions: () => 0, shed: () => 0 },
    capacity: { read: () => [{ dimension: 'streams', used: 7, limit: 50 }] },
    rotation: { state: { phase: 'in-rotation' }, notReadyBecause: () => undefined },
  } as unknown as RouterProcess;
  const server = await startControl('127.0.0.1:0', identity, process);
  const address = `127.0.0.1:${server.port}`;
  const client = new control.ControlServiceClient(address, credentials.createInsecure());
  closing.push(
    () => client.close(),
    () => server.close(),
  );
  return new Promise((resolve, reject) => {
    client.getState({ cluster }, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

it('a router tells its state, and which storage nodes it hears', async () => {
  expect(await ask(identity.cluster)).toMatchObject({ name: 'c-router-0', liveLinks: [live] });
  expect(await ask('')).toMatchObject({
    name: 'c-router-0',
    capacity: [{ dimension: 'streams', used: 7, limit: 50 }],
  });
});

it('a router refuses a question about another cluster, and says whose it is', async () => {
  await expect(ask('ns/c/uid-2')).rejects.toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: 'router c-router-0 at this address belongs to cluster ns/c/uid-1, not to ns/c/uid-2',
  });
});
