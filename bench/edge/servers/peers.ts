import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mqtt, nats, redis } from '../wire/index.ts';
import { Child, freePort, versionOf } from './child.ts';
import type { Contender, Server, StartOptions } from './server.ts';

const host = '127.0.0.1';

export const natsServer: Contender = {
  name: 'nats',
  wire: nats,
  version: () => versionOf('nats-server', ['--version'], /v(\d\S*)/),
  start: (options) =>
    started('nats-server', options, (port) => ['--addr', host, '--port', String(port)]),
};

export const redisServer: Contender = {
  name: 'redis',
  wire: redis,
  version: () => versionOf('redis-server', ['--version'], /v=(\S+)/),
  start: (options) =>
    started('redis-server', options, (port) => {
      const flags = { bind: host, port, save: '', appendonly: 'no', maxclients: 15_000 };
      return Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    }),
};

export const mosquitto: Contender = {
  name: 'mosquitto',
  wire: mqtt,
  version: () => versionOf('mosquitto', ['-h'], /version (\S+)/),
  async start(options) {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-bench-'));
    const file = join(folder, 'mosquitto.conf');
    const server = await started('mosquitto', options, (port) => {
      writeFileSync(file, `listener ${port} ${host}\nallow_anonymous true\nset_tcp_nodelay true\n`);
      return ['-c', file];
    });
    return {
      ...server,
      stop: async () => {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

async function started(
  program: string,
  { pinning }: StartOptions,
  args: (port: number) => readonly string[],
): Promise<Server> {
  const port = await freePort();
  const child = new Child(program, program, args(port), { cpu: pinning.servers });
  await child.listens(port);
  return { port, parts: [{ name: program, pid: child.pid }], stop: () => child.stop() };
}
