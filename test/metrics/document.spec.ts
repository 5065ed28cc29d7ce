import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ratedRouter } from '../../router/capacity.ts';
import { ratedStorage } from '../../storage/capacity.ts';
import { repository } from '../support/command.ts';
import { Processes } from './processes.ts';
import { tablesOf, withTables } from './tables.ts';

const path = join(repository, 'docs/metrics.md');
const rewriting = 'METRICS_DOC=write npx vitest run --project unit test/metrics/document.spec.ts';

let processes: Processes;
let document: string;

beforeAll(async () => {
  processes = await Processes.start();
  document = await readFile(path, 'utf8');
});

afterAll(() => processes.stop());

describe('docs/metrics.md', () => {
  // Elsewhere prom-client knows less of a process.
  it.runIf(process.platform === 'linux')(
    `has every metric of every process and no other, as the code has it; to rewrite: ${rewriting}`,
    async () => {
      const { router, storage, operator } = processes;
      const tables = tablesOf({ router: router.registry, storage: storage.registry, operator });
      const expected = withTables(document, tables);
      if (process.env['METRICS_DOC'] === 'write') await writeFile(path, expected);
      else expect(document).toBe(expected);
    },
  );

  it.each([
    ['router', ratedRouter],
    ['storage', ratedStorage],
  ])('has the limits that a %s takes for itself', (tier, rated) => {
    const section = document.split(`<!-- rated: ${tier} -->`)[1]?.split('<!-- end -->')[0] ?? '';
    const numbers = [...section.matchAll(/^\| `\w+` \| ([\d,]+) \|/gm)].map(([, n]) => n);
    expect(numbers).toEqual(Object.values(rated).map((n) => n.toLocaleString('en')));
  });
});
