import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Cluster } from '../support/cluster.ts';
import { repository } from '../support/command.ts';
import { readmeBlocks } from '../support/readme.ts';

const blocks = readmeBlocks(readFileSync(join(repository, 'docs/http.md'), 'utf8'));

let cluster: Cluster;
beforeAll(async () => {
  cluster = await Cluster.start({ caches: [{ name: 'default' }], routers: 2, storage: 1 });
});
afterAll(() => cluster.stop());

/** What a command says; one that goes on by itself is ended when it has said something. */
function type(command: string): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn('sh', ['-c', `exec ${command.replace('127.0.0.1:8080', cluster.endpoint)}`]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (command.includes('stream=sse') && said.includes('data:')) child.kill();
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}

it('the commands of docs/http.md publish an item, and get it by long poll and by events', async () => {
  expect(blocks.length).toBe(3);
  const [published, polled, streamed] = await blocks
    .flatMap(({ commands }) => commands)
    .reduce<Promise<Awaited<ReturnType<typeof type>>[]>>(
      async (before, command) => [...(await before), await type(command)],
      Promise.resolve([]),
    );
  expect(published).toMatchObject({ code: 0, said: '' });
  expect(polled?.code).toBe(0);
  expect(JSON.parse(polled?.said ?? '')).toMatchObject({
    items: [{ item: { topic_sequence_number: 1, value: { text: 'hello' } } }],
  });
  expect(streamed?.said).toMatch(/^id: \d+-1\ndata: \{"item":.*"hello"/m);
});
