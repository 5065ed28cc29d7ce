import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  makeCertificate,
  type TestCertificate,
  type TestEdge,
  testEdge,
} from '../../router/edge/testing/index.ts';
import { Certificate } from '../../router/edge/tls/index.ts';
import { silentLogger, systemClock } from '../../runtime/index.ts';
import { have } from '../support/go/index.ts';
import { run } from './run.ts';
import { buildMsMax, h2spec, isThere } from './tools/programs.ts';

/** Answered with data when the request is complete, whatever its method is. */
const path = '/topics/none/none';

/** How long h2spec waits for a frame, which is also how it sees that none comes. */
const timeoutSeconds = 3;

describe.runIf(isThere(h2spec))('h2spec finds nothing wrong with the edge', () => {
  let program: string;
  let edge: TestEdge;
  let files: TestCertificate;

  beforeAll(async () => {
    program = await have(h2spec, (line) => process.stderr.write(`${line}\n`));
    files = makeCertificate();
    const certificate = await Certificate.load(files, systemClock, silentLogger, 10_000);
    edge = await testEdge({}, systemClock, { certificate });
  }, buildMsMax);

  afterAll(() => {
    edge?.edge.close();
    files?.remove();
  });

  it.each([
    ['generic', 'plain'],
    ['http2', 'plain'],
    ['hpack', 'plain'],
    ['generic', 'TLS'],
    ['http2', 'TLS'],
    ['hpack', 'TLS'],
  ])('%s, %s', async (suite, over) => {
    const tls = over === 'TLS' ? ['--tls', '--insecure'] : [];
    const args = [suite, '--strict', '-p', `${edge.port}`, '-P', path, '-o', `${timeoutSeconds}`];
    const { code, said } = await run(program, ...args, ...tls);
    const [, tests, passed] = /(\d+) tests, (\d+) passed/.exec(said) ?? [];
    expect(code, said).toBe(0);
    // None is skipped, and there are some.
    expect(Number(tests), said).toBeGreaterThan(0);
    expect(passed, said).toBe(tests);
  });
});
