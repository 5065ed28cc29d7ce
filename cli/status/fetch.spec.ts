import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exitCodes } from '../exit.ts';
import { fetchStatus } from './fetch.ts';

let dataDir: string;
let server: Server;
let admin: string;
let answer: { readonly code: number; readonly body: string };
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'topicplane-status-'));
  server = createServer((_request, response) => {
    response.writeHead(answer.code).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  admin = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function answers(code: number, body: object | string): void {
  answer = { code, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
function record(pid: number, at = admin): void {
  const info = { pid, endpoint: '127.0.0.1:1', admin: at };
  writeFileSync(join(dataDir, 'local.json'), JSON.stringify(info));
}
const cluster = (pid: number) => ({ pid, cluster: {}, members: [] });
const endedPid = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('the status', () => {
  test('is that of the cluster that the folder records', async () => {
    answers(200, cluster(process.pid));
    record(process.pid);
    expect(await fetchStatus({ dataDir })).toEqual(cluster(process.pid));
  });

  test('of none: none runs', async () => {
    await expect(fetchStatus({ dataDir })).rejects.toMatchObject({
      exitCode: exitCodes.notAnswering,
      message: expect.stringMatching(/^no local cluster runs from /),
    });
  });

  test('of one that was killed: it has ended, whether its port is free or another cluster has it', async () => {
    const pid = endedPid();
    answers(200, cluster(process.pid));
    for (const at of [admin, '127.0.0.1:1']) {
      record(pid, at);
      await expect(fetchStatus({ dataDir })).rejects.toMatchObject({
        exitCode: exitCodes.notAnswering,
        message: expect.stringMatching(`\\(pid ${pid}\\) has ended without stopping`),
      });
    }
  });

  test.each([
    [404, 'no such page'],
    [505, 'This port speaks gRPC'],
    [200, 'no JSON'],
    [200, { members: [] }],
  ])('from what answers %s %j: that is no admin port', async (code, body) => {
    answers(code, body);
    await expect(fetchStatus({ dataDir, admin })).rejects.toMatchObject({
      exitCode: exitCodes.failed,
      message: expect.stringContaining(`what answers at ${admin} is not the admin port`),
    });
  });
});
