import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTopicCluster } from '../../operator/index.ts';
import { ManualClock } from '../../runtime/index.ts';
import { builtInCluster } from './built-in.ts';
import { type Parsed, readEdit } from './edit.ts';
import { watchFile } from './file-watch.ts';

function parsed(text: string): Parsed {
  const result = parseTopicCluster(text, 'cluster.yaml');
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result;
}

test('the built-in cluster is valid: two of each member, caches default and cache', () => {
  const { spec } = parsed(builtInCluster).cluster;
  expect([spec.router.replicas, spec.storage.replicas]).toEqual([2, 2]);
  expect(spec.caches.map((cache) => cache.name)).toEqual(['default', 'cache']);
});

describe('an edit', () => {
  const running = parsed(builtInCluster);
  test('that is valid is applied', () => {
    const edit = readEdit(running, builtInCluster.replace('replicas: 2', 'replicas: 3'), 'f');
    expect(edit).toMatchObject({ kind: 'apply', changes: true });
    expect(edit.kind === 'apply' && edit.parsed.cluster.spec.router.replicas).toBe(3);
  });
  test.each([
    ['of a comment', `${builtInCluster}# later: more\n`],
    ['that writes down a default', `${builtInCluster}  stream: { heartbeatSeconds: 5 }\n`],
    ['of nothing', builtInCluster],
  ])('%s changes nothing', (_what, text) => {
    expect(readEdit(running, text, 'f')).toMatchObject({ kind: 'apply', changes: false });
  });
  test('with an error is refused with path and line', () => {
    const edit = readEdit(running, builtInCluster.replace('replicas: 2', 'replicas: no'), 'c.yaml');
    const line = builtInCluster.split('\n').indexOf('    replicas: 2') + 1;
    expect(edit.kind === 'refuse' && edit.problems[0]).toMatch(
      new RegExp(`^c.yaml:${line}:\\d+: spec.router.replicas: must be`),
    );
  });
  test('of the name is refused', () => {
    const edit = readEdit(running, builtInCluster.replace('name: local', 'name: other'), 'c.yaml');
    expect(edit).toMatchObject({
      kind: 'refuse',
      problems: [expect.stringMatching(/metadata.name can't change/)],
    });
  });
});

describe('a watched file', () => {
  const waitMsMax = 4000;
  /** `poll(n)` looks at the file until n things were told in all. */
  async function watched(
    act: (path: string, poll: (toldCount: number) => Promise<void>) => unknown,
  ) {
    const folder = mkdtempSync(join(tmpdir(), 'topicplane-watch-'));
    const path = join(folder, 'cluster.yaml');
    writeFileSync(path, 'one');
    const clock = new ManualClock();
    const told: string[] = [];
    const stop = watchFile(path, 'one', clock, {
      changed: (text) => told.push(text),
      lost: () => told.push('lost'),
    });
    try {
      await act(path, async (toldCount) => {
        const giveUpMs = performance.now() + waitMsMax;
        do {
          clock.advance(1000);
          await new Promise((resolve) => setTimeout(resolve, 10));
        } while (told.length < toldCount && performance.now() < giveUpMs);
      });
    } finally {
      stop();
      rmSync(folder, { recursive: true, force: true });
    }
    expect(clock.pending).toBe(0);
    return told;
  }

  test('tells of new texts once, whether written in place or replaced', async () => {
    const told = await watched(async (path, poll) => {
      writeFileSync(path, 'one');
      await poll(0);
      writeFileSync(path, 'two');
      await poll(1);
      await poll(0);
      writeFileSync(`${path}.new`, 'three');
      renameSync(`${path}.new`, path);
      await poll(2);
    });
    expect(told).toEqual(['two', 'three']);
  });

  test('that is read while it is written is not told in parts', async () => {
    const told = await watched(async (path, poll) => {
      for (const part of ['', 'tw']) {
        writeFileSync(path, part);
        await poll(0);
      }
      writeFileSync(path, 'two');
      await poll(1);
    });
    expect(told).toEqual(['two']);
  });

  test('that is gone is told once, and its return is noticed', async () => {
    const told = await watched(async (path, poll) => {
      rmSync(path);
      await poll(1);
      await poll(0);
      writeFileSync(path, 'one');
      await poll(2);
      await poll(0);
      writeFileSync(path, 'two');
      await poll(3);
    });
    expect(told).toEqual(['lost', 'one', 'two']);
  });
});
