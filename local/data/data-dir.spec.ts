import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    DataDir.open(folder).close();
  });

  test('that a dead cluster left is taken over', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: gone }));
    DataDir.open(folder).close();
    writeFileSync(join(folder, 'lock'), 'cut off');
    DataDir.open(folder).close();
  });

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
    const info = { pid: 1, endpoint: '127.0.0.1:8080', admin: '127.0.0.1:8081' };
    data.writeInfo(info);
    expect(readLocalInfo(folder)).toEqual(info);
    data.close();
    expect(readLocalInfo(folder)).toBeUndefined();
  });

  test('remembers which pages were used, also when the cluster was killed', () => {
    const data = DataDir.open(folder);
    const topology = JSON.stringify({
      cluster: 'default/local/1',
      version: { term: 1, epoch: 7 },
      pageOrigin: 1000,
      caches: [],
      storage: [{ name: 's', address: '127.0.0.1:1', incarnation: 'i' }],
      ring: ['s'],
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
