import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { epochMax, pageOf, pageOriginAt, sweepsMax } from '../../topology/index.ts';
import { birthAfter } from './birth.ts';
import { DataDir, readLocalInfo } from './data-dir.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'topicplane-data-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a data folder', () => {
  test('is for one cluster at a time, and says who has it', () => {
    const first = DataDir.open(folder);
    expect(() => DataDir.open(folder)).toThrow(
      `${folder} is in use by another local cluster (pid ${process.pid}): stop that one, or choose another folder with --data-dir`,
    );
    first.close();
    const second = DataDir.open(folder);
    first.close();
    expect(() => DataDir.open(folder)).toThrow('is in use');
    second.close();
    expect(readdirSync(folder)).toEqual(['logs']);
  });

  test('that a dead cluster left is taken over', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    for (const left of [JSON.stringify({ pid: gone }), 'cut off', '']) {
      writeFileSync(join(folder, 'lock'), left);
      DataDir.open(folder).close();
      // Another one died while it took over.
      writeFileSync(join(folder, 'lock'), left);
      writeFileSync(join(folder, 'lock.next'), left);
      DataDir.open(folder).close();
      expect(readdirSync(folder)).toEqual(['logs']);
    }
  });

  test('that a dead cluster left is not taken from one who is just taking it over', () => {
    writeFileSync(join(folder, 'lock'), 'cut off');
    writeFileSync(join(folder, 'lock.next'), JSON.stringify({ pid: process.pid }));
    expect(() => DataDir.open(folder)).toThrow(`another local cluster (pid ${process.pid})`);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe('cut off');
  });

  const built = new URL('../../dist/local/data/index.js', import.meta.url);
  test.runIf(existsSync(built))(
    'that a dead cluster left goes to one of many starters',
    async () => {
      writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 30 }));
      const atMs = Date.now() + 400;
      const script = `
      const { DataDir } = await import(${JSON.stringify(built.href)});
      while (Date.now() < ${atMs});
      try {
        DataDir.open(${JSON.stringify(folder)});
        console.log('got it');
        process.stdin.resume();
      } catch {
        console.log('refused');
      }`;
      const starters = [1, 2, 3, 4].map(() =>
        spawn(process.execPath, ['--input-type=module', '-e', script]),
      );
      const ends = Promise.all(starters.map((starter) => once(starter, 'close')));
      const said = await Promise.all(starters.map(({ stdout }) => once(stdout, 'data')));
      for (const { stdin } of starters) stdin.end();
      await ends;
      const words = said.map(String).toSorted();
      expect(words).toEqual(['got it\n', 'refused\n', 'refused\n', 'refused\n']);
    },
  );

  test.runIf(process.platform === 'linux')(
    'is not kept by another process with the same pid',
    () => {
      writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, born: '1' }));
      DataDir.open(folder).close();
    },
  );

  test('that can not be written is a clear error', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(() => DataDir.open(join(file, 'data'))).toThrow(/can't use .*choose another folder/);
  });

  test('says where its cluster is, while it runs', () => {
    expect(readLocalInfo(folder)).toBeUndefined();
    const data = DataDir.open(folder);
    const where = { endpoint: '127.0.0.1:8080', admin: '127.0.0.1:8081' };
    data.writeInfo(where);
    expect(readLocalInfo(folder)).toEqual({ ...where, pid: process.pid, ended: false });
    data.close();
    expect(readLocalInfo(folder)).toBeUndefined();
  });

  test('says that its cluster has ended when that was killed', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const where = { endpoint: '127.0.0.1:8080', admin: '127.0.0.1:8081' };
    writeFileSync(join(folder, 'local.json'), JSON.stringify({ ...where, pid }));
    expect(readLocalInfo(folder)).toEqual({ ...where, pid, ended: true });
  });

  test.each(['{}', '[]', 'null', '"x"', '{"pid":"1"}', '{"pid":1}', 'cut o'])(
    'that says %s of its cluster says nothing',
    (text) => {
      writeFileSync(join(folder, 'local.json'), text);
      expect(readLocalInfo(folder)).toBeUndefined();
    },
  );

  test('remembers which pages were used, also when the cluster was killed', () => {
    const data = DataDir.open(folder);
    const topology = JSON.stringify({
      cluster: 'default/local/1',
      version: { term: 1, epoch: 7 },
      pageOrigin: 1000,
      caches: [],
      storage: [{ name: 's', address: '127.0.0.1:1', incarnation: 'i' }],
      ring: ['s'],
      ringEpoch: 7,
      previousRingEpoch: 0,
      settings: {
        messageBytesMax: 1048576,
        history: { itemsMax: 256, bytesMax: 1048576, ageMsMax: 120000, idleMsMax: 600000 },
        heartbeatMs: 5000,
        resumeZero: 'nothing',
      },
    });
    data.writeTopology(topology);
    expect(readFileSync(data.topologyFile, 'utf8')).toBe(topology);
    data.dropTopology();
    data.close();
    const next = DataDir.open(folder);
    expect(next.earlier()).toEqual({ pageOrigin: 1000, epoch: 7 });
    next.close();
  });

  test.each([
    '{}',
    'null',
    '[1,2]',
    'cut o',
    '{"pageOrigin":"x","epoch":1}',
    '{"pageOrigin":1e300,"epoch":1}',
    '{"pageOrigin":5,"epoch":-1}',
    '{"pageOrigin":5,"epoch":1.5}',
    '{"pageOrigin":5,"epoch":null}',
  ])('takes pages that are noted as %s for none', (text) => {
    writeFileSync(join(folder, 'pages.json'), text);
    const data = DataDir.open(folder);
    expect(data.earlier()).toBeUndefined();
    data.close();
  });
});

test('the pages of a new cluster are larger than all of the one before, however soon it starts', () => {
  const seconds = fc.integer({ min: 1_735_689_600, max: 1_900_000_000 });
  fc.assert(
    fc.property(seconds, fc.integer({ min: 1, max: 1000 }), fc.nat(2000), (born, epoch, later) => {
      const pageOrigin = pageOriginAt(born * 1000);
      const nowMs = (born + later) * 1000;
      const birthMs = birthAfter({ pageOrigin, epoch }, nowMs);
      const first = pageOf({ pageOrigin: pageOriginAt(birthMs), epoch: 1, sweeps: 0 });
      expect(first).toBeGreaterThan(pageOf({ pageOrigin, epoch, sweeps: sweepsMax }));
      expect(birthMs).toBeGreaterThanOrEqual(nowMs);
    }),
  );
  expect(epochMax).toBeGreaterThan(1000);
});
