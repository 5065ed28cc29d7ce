import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectError, connect } from './connection.ts';

const config = `
apiVersion: v1
kind: Config
clusters:
  - { name: one, cluster: { server: "https://one:6443/", insecure-skip-tls-verify: true } }
  - { name: two, cluster: { server: "https://two:6443/path" } }
users:
  - { name: someone, user: { token: secret } }
contexts:
  - { name: first, context: { cluster: one, user: someone, namespace: here } }
  - { name: second, context: { cluster: two, user: someone } }
  - { name: third, context: { cluster: three, user: someone } }
current-context: first
`;

describe('a kubeconfig', () => {
  let folder: string;
  let kubeconfig: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'topicplane-connection-'));
    kubeconfig = join(folder, 'config');
    writeFileSync(kubeconfig, config);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const written = (text: string): string => {
    const path = join(folder, 'empty');
    writeFileSync(path, text);
    return path;
  };

  it('says where the API server is, by its current context or another', () => {
    expect(connect({ kubeconfig })).toMatchObject({
      server: 'https://one:6443',
      namespace: 'here',
    });
    const second = connect({ kubeconfig, context: 'second' });
    expect([second.server, second.namespace]).toEqual(['https://two:6443/path', undefined]);
  });

  it('gives credentials, and one agent for all requests', async () => {
    const connection = connect({ kubeconfig });
    const [one, two] = [await connection.requestOptions(), await connection.requestOptions()];
    expect(one.headers).toMatchObject({ Authorization: 'Bearer secret' });
    expect(one.agent).toBe(two.agent);
    expect(one.agent).toMatchObject({ options: { keepAlive: true, rejectUnauthorized: false } });
  });

  it.each([
    ['is not there', () => ({ kubeconfig: join(folder, 'none') }), "can't read the kubeconfig"],
    ['has not that context', () => ({ kubeconfig, context: 'x' }), 'it has first, second, third'],
    ['is empty', () => ({ kubeconfig: written('') }), 'empty: it is empty, or no kubeconfig'],
    ['has nothing in it', () => ({ kubeconfig: written('{}') }), 'empty has no clusters'],
    ['is a sentence', () => ({ kubeconfig: written('hello') }), 'empty has no clusters'],
    ['names no server', () => ({ kubeconfig, context: 'third' }), 'names no API server'],
  ])('that %s is refused in words', (_what, options, message) => {
    expect(() => connect(options())).toThrow(ConnectError);
    expect(() => connect(options())).toThrow(message);
  });
});

describe('without a kubeconfig', () => {
  const names = ['KUBECONFIG', 'KUBERNETES_SERVICE_HOST', 'HOME'] as const;
  const before = new Map(names.map((name) => [name, process.env[name]]));
  let home: string;

  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'topicplane-home-'));
    for (const name of names) delete process.env[name];
    process.env['HOME'] = home;
  });
  afterAll(() => {
    rmSync(home, { recursive: true });
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('no API server is made up, and it is said where one is looked for', () => {
    expect(() => connect()).toThrow(ConnectError);
    expect(() => connect()).toThrow('there is no kubeconfig: give one with --kubeconfig');
  });

  it('the one in the home is found', () => {
    mkdirSync(join(home, '.kube'));
    writeFileSync(join(home, '.kube', 'config'), config);
    expect(connect().server).toBe('https://one:6443');
  });
});
