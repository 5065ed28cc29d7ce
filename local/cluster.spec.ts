import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LocalCluster } from './cluster.ts';
import type { LocalEvent } from './events.ts';
import type { LocalOptions } from './options.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topicplane-local-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function options(parts: Partial<LocalOptions> = {}): LocalOptions {
  return {
    file: undefined,
    host: '127.0.0.1',
    port: 0,
    adminPort: 0,
    dataDir: join(folder, 'data'),
    program: join(folder, 'member.cjs'),
    prometheus: false,
    logLevel: 'silent',
    onEvent: () => {},
    ...parts,
  };
}

describe('a start that can not be', () => {
  test('is refused for a file that is missing or wrong, before anything is touched', async () => {
    const file = join(folder, 'cluster.yaml');
    await expect(LocalCluster.start(options({ file }))).rejects.toMatchObject({ code: 'bad-file' });
    writeFileSync(file, 'kind: TopicCluster\n');
    await expect(LocalCluster.start(options({ file }))).rejects.toThrow(/cluster\.yaml:1:1: /);
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  test('is refused for a port in use, and lets go of the folder', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    for (const taken of [{ port }, { adminPort: port }]) {
      await expect(LocalCluster.start(options(taken))).rejects.toThrow(
        /is in use by another program: stop that one, or choose another port with --(admin-)?port/,
      );
    }
    expect(existsSync(join(folder, 'data', 'lock'))).toBe(false);
    other.close();
  });
});

test('members that keep dying make the start fail with their last words', async () => {
  writeFileSync(join(folder, 'member.cjs'), 'throw new Error("out of order")');
  const events: LocalEvent[] = [];
  const cluster = await LocalCluster.start(options({ onEvent: (event) => events.push(event) }));
  expect(existsSync(join(folder, 'data', 'local.json'))).toBe(true);
  await expect(cluster.failed()).rejects.toThrow(/died 4 times in a row, see .*\n.*out of order/s);
  const died = events.find((event) => event.kind === 'died');
  expect(died).toMatchObject({ how: 'exit code 1' });
  await cluster.stop();
  expect(cluster.status().members.every(({ pid }) => pid === undefined)).toBe(true);
  expect(existsSync(join(folder, 'data', 'local.json'))).toBe(false);
  const log = readFileSync(join(folder, 'data', 'logs', 'local-router-0.log'), 'utf8');
  expect(log).toContain('out of order');
});
