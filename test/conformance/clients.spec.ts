import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pubsub } from '../../proto/index.ts';
import { rawFrame, type TestEdge, testEdge } from '../../router/edge/testing/index.ts';
import { have } from '../support/go/index.ts';
import { repository } from '../support/repository.ts';
import { run, start } from './run.ts';
import { buildMsMax, grpcurl, isThere } from './tools/programs.ts';

const { path } = pubsub.PubsubService.publish;

let edge: TestEdge;
let folder: string;
/** A file with a gRPC request: a text for `topic`. */
let body: string;

beforeEach(async () => {
  edge = await testEdge();
  folder = mkdtempSync(join(tmpdir(), 'topicplane-clients-'));
  body = join(folder, 'body');
  const kind = { $case: 'text', value: 'hello' } as const;
  const request = { cacheName: 'cache', topic: 'topic', value: { kind } };
  writeFileSync(body, rawFrame(pubsub.PublishRequest.encode(request).finish()));
});

afterEach(() => {
  edge.edge.close();
  rmSync(folder, { recursive: true });
});

function url(): string {
  return `http://${edge.address}${path}`;
}

function texts(): string[] {
  return edge.service.published.map(({ payload }) => Buffer.from(payload).toString());
}

describe.runIf(isThere('curl'))('curl', () => {
  it('publishes with prior knowledge of HTTP/2', async () => {
    const { code, said } = await run(
      'curl',
      ...['-sS', '--http2-prior-knowledge', '--max-time', '60', '-D', '-', '-o', '/dev/null'],
      ...['-H', 'content-type: application/grpc', '-H', 'te: trailers'],
      ...['--data-binary', `@${body}`, url()],
    );
    expect(code, said).toBe(0);
    expect(said).toMatch(/^HTTP\/2 200/);
    expect(said).toMatch(/^grpc-status: 0/m);
    expect(texts()).toEqual(['hello']);
  });

  it.each([
    ['cache/topic', 413],
    ['nowhere', 400],
  ])('is answered though it has not said all: 8 MB to /topics/%s get %i', async (where, status) => {
    writeFileSync(body, Buffer.alloc(8_000_000));
    const { code, said } = await run(
      'curl',
      ...['-sS', '--http2-prior-knowledge', '--max-time', '60', '-D', '-', '-o', '/dev/null'],
      ...['-H', 'content-type: application/octet-stream'],
      ...['--data-binary', `@${body}`, `http://${edge.address}/topics/${where}`],
    );
    expect(code, said).toBe(0);
    expect(said).toMatch(new RegExp(`^HTTP/2 ${status}`));
  });
});

describe.runIf(isThere('nghttp'))('nghttp', () => {
  it('publishes, in a session that both sides end in peace', async () => {
    const { code, said } = await run(
      'nghttp',
      ...['-v', '-n', '-t', '60', '-d', body],
      ...['-H', 'content-type: application/grpc', '-H', 'te: trailers', url()],
    );
    expect(code, said).toBe(0);
    expect(said).toMatch(/grpc-status: 0/);
    expect(said).not.toMatch(/recv (RST_STREAM|GOAWAY)/);
    expect(texts()).toEqual(['hello']);
  });
});

describe.runIf(isThere('h2load'))('h2load', () => {
  it('has every one of thousands of publishes answered', async () => {
    const { code, said } = await run(
      'h2load',
      ...['-n', '5000', '-c', '8', '-m', '32', '-d', body],
      ...['-H', 'content-type: application/grpc', '-H', 'te: trailers', url()],
    );
    expect(code, said).toBe(0);
    expect(said).toMatch(/5000 succeeded, 0 failed, 0 errored, 0 timeout/);
    expect(edge.service.published).toHaveLength(5000);
  });
});

describe.runIf(isThere(grpcurl))('grpcurl, a client of grpc-go', () => {
  const protos = [
    '-plaintext',
    '-import-path',
    `${repository}proto`,
    '-proto',
    'client/pubsub.proto',
  ];
  let program: string;
  beforeAll(async () => {
    program = await have(grpcurl, (line) => process.stderr.write(`${line}\n`));
  }, buildMsMax);

  it('publishes', async () => {
    const request = JSON.stringify({ cache_name: 'cache', topic: 'topic', value: { text: 'go' } });
    const { code, said } = await run(
      program,
      ...[...protos, '-d', request, edge.address, path.slice(1)],
    );
    expect(code, said).toBe(0);
    expect(texts()).toEqual(['go']);
  });

  it('is told by the edge itself what it can call, and calls it', async () => {
    const plain = ['-plaintext', edge.address];
    const listed = await run(program, ...plain, 'list');
    expect(listed.said.trim().split('\n')).toContain('cache_client.pubsub.Pubsub');
    const described = await run(
      program,
      ...plain,
      'describe',
      'topicplane.publish.v1.PublishService',
    );
    expect(described.said).toContain('rpc Publish ( stream');
    const checked = await run(program, ...plain, 'grpc.health.v1.Health/Check');
    expect(checked.said).toContain('"SERVING"');
    const item = JSON.stringify({ cache: 'cache', topic: 'topic', text: 'go' });
    const method = 'topicplane.publish.v1.PublishService/Publish';
    const published = await run(program, '-plaintext', '-d', item, edge.address, method);
    expect(published.said).toContain('"acknowledged": "1"');
    expect(texts()).toEqual(['go']);
  });

  it('subscribes, and hears what is published and that the stream is over', async () => {
    const request = JSON.stringify({ cache_name: 'cache', topic: 'topic' });
    const method = pubsub.PubsubService.subscribe.path.slice(1);
    const client = start(program, [...protos, '-d', request, edge.address, method]);
    await expect.poll(() => client.said()).toContain('heartbeat');
    await run(
      program,
      ...[
        ...protos,
        '-d',
        JSON.stringify({ cache_name: 'cache', topic: 'topic', value: { text: 'go' } }),
      ],
      ...[edge.address, path.slice(1)],
    );
    await expect.poll(() => client.said()).toContain('"text": "go"');
    edge.service.subscriptions[0]?.end();
    const { code, said } = await client.ended;
    expect(code, said).toBe(0);
  });
});
