import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { KubernetesApi } from './api.ts';
import { type Answer, HostileServer, json, refusal, silence } from './hostile-server.ts';
import { KubernetesSecrets } from './secrets.ts';

let clock: ManualClock;
let server: HostileServer;
let secrets: KubernetesSecrets;

beforeEach(async () => {
  clock = new ManualClock();
  server = await HostileServer.start();
  secrets = new KubernetesSecrets({
    api: new KubernetesApi({ connection: server.connection, clock }),
    clock,
  });
});
afterEach(() => server.stop());

const secret = (data: Record<string, string>): Answer =>
  json(200, {
    kind: 'Secret',
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, btoa(text)])),
  });
const read = (key = 'token') => secrets.read('team-a', 'prometheus', key);

it('a value is got by the name of its Secret, and decoded', async () => {
  server.others.push(secret({ token: 'hunter2', other: 'x' }));
  expect(await read()).toEqual({ kind: 'value', text: 'hunter2' });
  expect(server.requests).toEqual(['GET /api/v1/namespaces/team-a/secrets/prometheus']);
});

it('it is asked for again after a minute', async () => {
  server.others.push(secret({ token: 'one' }), secret({ token: 'two' }));
  await read();
  clock.advance(60_000);
  expect(await read()).toEqual({ kind: 'value', text: 'one' });
  expect(server.requests).toHaveLength(1);
  clock.advance(1);
  expect(await read()).toEqual({ kind: 'value', text: 'two' });
});

it('one is not taken for another', async () => {
  server.others.push(secret({ token: 'one' }), secret({ token: 'two' }), secret({ a: 'three' }));
  await read();
  const others = [secrets.read('team-b', 'prometheus', 'token'), secrets.read('team-a', 'p', 'a')];
  expect(await Promise.all(others)).toMatchObject([{ text: 'two' }, { text: 'three' }]);
});

it.each<[string, Answer, string]>([
  [
    'is not there',
    refusal(404, 'NotFound'),
    'Secret team-a/prometheus is not there: make it, with the key token',
  ],
  [
    'may not be read',
    refusal(403, 'Forbidden'),
    "the operator may not read key token of Secret team-a/prometheus: name the Secret in the chart's prometheus.secretNames",
  ],
  [
    'has not that key',
    json(200, { data: { other: btoa('hunter2') } }),
    'Secret team-a/prometheus has no key token: add it',
  ],
  ['is empty', json(200, {}), 'Secret team-a/prometheus has no key token: add it'],
  [
    'can not be had',
    refusal(500, 'InternalError'),
    "key token of Secret team-a/prometheus can't be read: get secrets in namespace team-a: InternalError here (HTTP 500)",
  ],
])('that a Secret %s is said, with what to do, and not kept', async (_, answer, why) => {
  server.others.push(answer, secret({ token: 'here' }));
  expect(await read()).toEqual({ kind: 'none', why });
  // Requests are spaced after a failure of the server.
  const again = read();
  clock.advance(1000);
  expect(await again).toEqual({ kind: 'value', text: 'here' });
});

it('a key that every object has is not in it', async () => {
  server.others.push(secret({ token: 'one' }));
  const why = 'Secret team-a/prometheus has no key constructor: add it';
  expect(await read('constructor')).toEqual({ kind: 'none', why });
});

it('who is called off waits no longer', async () => {
  server.others.push(silence);
  const stop = new AbortController();
  const reading = secrets.read('team-a', 'prometheus', 'token', stop.signal);
  stop.abort();
  expect(await reading).toMatchObject({ kind: 'none' });
});
