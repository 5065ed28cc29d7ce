import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { exitCodes } from '../exit.ts';
import { AbsentError } from './absent.ts';
import { KubernetesSource } from './kubernetes-source.ts';

let folder: string;
let server: Server;
let kubeconfig: string;
/** By path; anything else isn't there. */
let answers: Record<string, readonly [code: number, body: object]>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'topicplane-status-'));
  answers = {};
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://api').pathname;
    const [code, body] = answers[path] ?? [404, { reason: 'NotFound', message: 'not found' }];
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  kubeconfig = join(folder, 'config');
  const { port } = server.address() as AddressInfo;
  const config = {
    clusters: [
      {
        name: 'c',
        cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
      },
    ],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'here' } }],
    'current-context': 'x',
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const clusters = '/apis/topicplane.dev/v1alpha1/namespaces/here/topicclusters';
const pods = '/api/v1/namespaces/here/pods';
const fetched = (name?: string) =>
  new KubernetesSource({ kubeconfig, ...(name !== undefined && { name }) }).fetch();
const list = (...names: string[]) => [200, { items: names.map((name) => object(name)) }] as const;
const object = (name: string) => ({ metadata: { name, namespace: 'here' }, spec: {} });

describe('the status of a cluster on Kubernetes', () => {
  test('needs a kubeconfig, and says where one is looked for', () => {
    for (const name of ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST']) vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', folder);
    let failure: unknown;
    try {
      new KubernetesSource({ name: 'demo' });
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      exitCode: exitCodes.usage,
      message: expect.stringContaining('there is no kubeconfig: give one with --kubeconfig'),
    });
  });

  test('is that of the only one of the namespace', async () => {
    answers = {
      [clusters]: list('demo'),
      [`${clusters}/demo`]: [200, object('demo')],
      [pods]: list(),
    };
    expect(await fetched()).toMatchObject({ cluster: { metadata: { name: 'demo' } }, pods: [] });
  });

  test('tells when an operator wrote it last, whoever wrote other parts', async () => {
    const managedFields = [
      { manager: 'topicplane-operator', time: '2026-01-01T00:00:00Z' },
      { manager: 'someone', subresource: 'status', time: '2026-01-03T00:00:00Z' },
      { manager: 'topicplane-operator', subresource: 'status', time: '2026-01-02T00:00:00Z' },
    ];
    const { metadata, ...rest } = object('demo');
    const cluster = { ...rest, metadata: { ...metadata, managedFields } };
    answers = { [`${clusters}/demo`]: [200, cluster], [pods]: list() };
    expect(await fetched('demo')).toMatchObject({ statusWritten: '2026-01-02T00:00:00Z' });
  });

  test('of several is that of none, until one is named', async () => {
    answers = { [clusters]: list('a', 'b') };
    await expect(fetched()).rejects.toMatchObject({
      exitCode: exitCodes.usage,
      message: expect.stringMatching(/^name one of a, b: all are in namespace here of http:/),
    });
  });

  test.each([
    ['of that name', 'demo', /^there is no TopicCluster demo in namespace here of http:/],
    ['at all', undefined, /^there is no TopicCluster in namespace here of http:\S+; say --nam/],
  ])('is waited for when there is none %s', async (_what, name, message) => {
    answers = { [clusters]: list(), [pods]: list() };
    const failure = await fetched(name).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AbsentError);
    expect(failure).toMatchObject({
      exitCode: exitCodes.failed,
      message: expect.stringMatching(message),
    });
  });

  test('is waited for when the resource is not installed yet', async () => {
    const failure = await fetched().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AbsentError);
    expect(failure).toMatchObject({ message: expect.stringContaining('serves no TopicCluster') });
  });

  test.each([
    [401, exitCodes.failed, /refused the credentials/],
    [403, exitCodes.failed, /does not allow it: list topicclusters in namespace here: no \(HTTP/],
    [503, exitCodes.notAnswering, /is in trouble: no \(HTTP 503\)/],
  ])('after an answer of HTTP %s says what is wrong', async (code, exitCode, message) => {
    answers = { [clusters]: [code, { message: 'no' }] };
    await expect(fetched()).rejects.toMatchObject({
      exitCode,
      message: expect.stringMatching(message),
    });
  });
});
