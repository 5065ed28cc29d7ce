import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestEdge, testEdge } from '../../router/edge/testing/index.ts';
import { have } from '../support/go/index.ts';
import { run } from './run.ts';
import { buildMsMax, h2spec, isThere } from './tools/programs.ts';

/** Answered with data when the request is complete, whatever its method is. */
const path = '/topics/none/none';

/** How long h2spec waits for a frame, which is also how it sees that none comes. */
const timeoutSeconds = 3;

/** @returns whether every case passed, and what h2spec said */
async function judge(program: string, port: number, suite: string): Promise<[boolean, string]> {
  const args = [suite, '--strict', '-p', `${port}`, '-P', path, '-o', `${timeoutSeconds}`];
  const { code, said } = await run(program, ...args);
  const [, tests, passed] = /(\d+) tests, (\d+) passed/.exec(said) ?? [];
  return [code === 0 && tests !== undefined && passed === tests, said];
}

describe.runIf(isThere(h2spec))('h2spec finds nothing wrong with the edge', () => {
  let program: string;
  let edge: TestEdge;

  beforeAll(async () => {
    program = await have(h2spec, (line) => process.stderr.write(`${line}\n`));
    edge = await testEdge();
  }, buildMsMax);
  afterAll(() => edge.edge.close());

  it.each(['generic', 'http2', 'hpack'])('%s', async (suite) => {
    const [isFlawless, said] = await judge(program, edge.port, suite);
    expect(isFlawless, said).toBe(true);
  });
});
