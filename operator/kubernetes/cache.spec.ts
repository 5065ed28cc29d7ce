import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Logger, ManualClock, silentLogger } from '../../runtime/index.ts';
import { KubernetesApi } from './api.ts';
import { KindCache } from './cache.ts';
import {
  type Answer,
  HostileServer,
  json,
  line,
  pod,
  refusal,
  reset,
  silence,
  until,
} from './hostile-server.ts';

describe('the cache of a kind', () => {
  let server: HostileServer;
  let clock: ManualClock;
  let cache: KindCache<'Pod'>;
  let told: string[];
  let logged: { level: string; message: string }[];
  let onTold: (name: string) => void;

  const names = (): string[] => cache.list('default').map(({ metadata }) => metadata.name);
  const isWatching = (): boolean => server.watchers === 1;
  const start = async (): Promise<void> => {
    cache.start();
    await until(clock, isWatching);
  };

  beforeEach(async () => {
    server = await HostileServer.start();
    server.items = [pod('a', 1)];
    clock = new ManualClock();
    told = [];
    logged = [];
    onTold = () => undefined;
    const note = (level: string) => (_fields: object, message: string) => {
      logged.push({ level, message });
    };
    const log = {
      ...silentLogger,
      info: note('info'),
      warn: note('warn'),
      error: note('error'),
    } as unknown as Logger;
    cache = new KindCache({
      api: new KubernetesApi({ connection: server.connection, clock }),
      clock,
      log,
      random: () => 0,
      kind: 'Pod',
      namespace: 'default',
      onChange: (_namespace, name) => {
        told.push(name);
        onTold(name);
      },
    });
  });
  afterEach(async () => {
    await cache.stop();
    await server.stop();
    expect(clock.pending).toBe(0);
  });

  it('lists, then watches from there', async () => {
    await start();
    expect(names()).toEqual(['a']);
    server.tell(line('ADDED', pod('b', 2)) + line('DELETED', pod('a', 3)));
    await until(clock, () => told.length === 3);
    expect([names(), told, server.requests]).toEqual([['b'], ['a', 'b', 'a'], ['list', 'watch 1']]);
  });

  it('has not synced before a whole list was read', async () => {
    server.lists.push(refusal(500, 'InternalError'), silence);
    cache.start();
    await until(clock, () => server.count('list') === 2);
    expect(cache.hasSynced).toBe(false);
    expect(cache.problem?.message).toContain('InternalError here (HTTP 500)');
    await until(clock, () => cache.hasSynced, 100);
    expect(names()).toEqual(['a']);
  });

  it('reads a list in pages', async () => {
    const first = { metadata: { resourceVersion: '4', continue: 'next' }, items: [pod('a', 1)] };
    const last = { metadata: { resourceVersion: '4' }, items: [pod('b', 2)] };
    server.lists.push(json(200, first), json(200, last));
    await start();
    expect([names(), server.requests.at(-1)]).toEqual([['a', 'b'], 'watch 4']);
  });

  it.each([
    ['refuses with 429', refusal(429, 'TooManyRequests', { 'retry-after': '1' })],
    ['refuses with 500', refusal(500, 'InternalError')],
    ['resets the connection', reset],
    ['says an error that is no expiry', says(errorEvent(500))],
  ])('watches again from where it was when the server %s', async (_what, answer) => {
    server.watches.push(answer, answer, answer);
    await start();
    expect(server.requests).toEqual(['list', 'watch 1', 'watch 1', 'watch 1', 'watch 1']);
    server.tell(line('ADDED', pod('b', 2)));
    await until(clock, () => names().length === 2);
  });

  it.each([
    ['in the answer', refusal(410, 'Expired')],
    ['in an event', says(errorEvent(410))],
  ])('lists again when the version is gone, told %s', async (_where, answer) => {
    server.watches.push(answer);
    cache.start();
    await until(clock, () => cache.hasSynced);
    server.items = [pod('c', 9)];
    server.version = 9;
    await until(clock, isWatching);
    expect([names(), server.requests]).toEqual([['c'], ['list', 'watch 1', 'list', 'watch 9']]);
    expect(told).toEqual(['a', 'c', 'a']);
    expect(logged).toEqual([]);
  });

  it('goes on from the last whole line when the connection breaks in the middle of one', async () => {
    await start();
    server.tell(line('ADDED', pod('b', 2)) + line('ADDED', pod('c', 3)).slice(0, 40));
    await until(clock, () => told.length === 2);
    server.resetWatches();
    await until(clock, () => server.count('watch') === 2 && isWatching());
    expect([names(), server.requests.at(-1)]).toEqual([['a', 'b'], 'watch 2']);
  });

  it('lists again after a line that makes no sense', async () => {
    await start();
    server.tell('{"type":"ADDED","obj\n');
    await until(clock, () => server.count('list') === 2 && isWatching());
    expect(names()).toEqual(['a']);
  });

  it('takes a watch that says nothing for dead', async () => {
    await start();
    clock.advance(89_000);
    server.tell(line('BOOKMARK', { metadata: { resourceVersion: '7' } }));
    await until(clock, () => cache.ages.heardMs !== undefined && cache.ages.heardMs < 1000);
    clock.advance(89_000);
    expect(server.count('watch')).toBe(1);
    clock.advance(2000);
    await until(clock, () => server.count('watch') === 2 && isWatching());
    expect(server.requests).toEqual(['list', 'watch 1', 'watch 7']);
    // Where nothing happens that is nothing to worry about.
    expect(logged).toEqual([
      {
        level: 'info',
        message: 'watch pods in namespace default: nothing was heard for 90 s: it is opened anew',
      },
    ]);
  });

  it('takes a server for troubled that does not even begin to answer', async () => {
    server.watches.push(silence);
    cache.start();
    await until(clock, () => server.count('watch') === 1);
    await until(clock, () => server.count('watch') === 2 && isWatching(), 500);
    expect(logged).toMatchObject([{ level: 'warn' }]);
  });

  it('opens a watch anew at once when the server ends it after a while', async () => {
    await start();
    clock.advance(60_000);
    server.endWatches();
    await until(clock, () => server.count('watch') === 2, 0);
    expect(logged).toEqual([]);
  });

  it('waits longer and longer for a server that ends every watch at once', async () => {
    await start();
    for (let round = 2; round < 8; round++) {
      server.endWatches();
      await until(clock, () => server.count('watch') === round && isWatching());
    }
    // 125 + 250 + 500 + 1000 + 2000 + 2500 ms, jitter at its least.
    expect(clock.monotonicMs()).toBeGreaterThan(6000);
  });

  it('lists anew every ten minutes, and tells what is different only', async () => {
    await start();
    server.tell(line('ADDED', pod('b', 2)));
    await until(clock, () => told.length === 2);
    server.items = [pod('a', 1), pod('b', 5)];
    server.version = 5;
    await until(clock, () => server.count('list') === 2 && isWatching(), 1000);
    expect(clock.monotonicMs()).toBeGreaterThan(590_000);
    expect(told).toEqual(['a', 'b', 'b']);
  });

  it('gives up on a list that takes too long, and keeps what it had', async () => {
    await start();
    server.watches.push(refusal(410, 'Expired'));
    server.lists.push(silence);
    server.endWatches();
    await until(clock, () => server.count('list') === 2);
    expect(names()).toEqual(['a']);
    await until(clock, () => server.count('list') === 3 && isWatching(), 100);
    expect(names()).toEqual(['a']);
  });

  it('goes on when whoever is told of a change throws', async () => {
    onTold = () => {
      throw new Error('not now');
    };
    await start();
    server.tell(line('ADDED', pod('b', 2)));
    await until(clock, () => told.length === 2);
    expect(names()).toEqual(['a', 'b']);
    expect(logged[0]).toEqual({ level: 'error', message: 'a change was not taken' });
  });

  it.each([
    [401, 'Unauthorized', 'refused the credentials of a spec: is the token still good?', 12],
    [403, 'Forbidden', 'check the Role and RoleBinding', 8],
  ])('says clearly, once a minute, when it gets %i', async (code, reason, advice, attempts) => {
    for (let count = 0; count < attempts; count++) server.lists.push(refusal(code, reason));
    cache.start();
    await until(clock, () => server.count('list') === attempts, 100);
    expect(clock.monotonicMs()).toBeLessThan(60_000);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toMatchObject({ level: 'error', message: expect.stringContaining(advice) });
    await until(clock, isWatching, 100);
    expect(cache.problem).toBeUndefined();
  });

  describe('that may not be read', () => {
    const forbidden = (count: number) =>
      Array.from({ length: count }, () => refusal(403, 'Forbidden'));

    it('is settled without being known, and known once it may be', async () => {
      server.lists.push(...forbidden(2));
      cache.start();
      await cache.settled;
      expect([cache.isForbidden, cache.hasSynced]).toEqual([true, false]);
      await until(clock, isWatching);
      expect([cache.isForbidden, cache.hasSynced, names()]).toEqual([false, true, ['a']]);
    });

    it('is not known any more when that is forbidden later, and then read anew', async () => {
      await start();
      server.watches.push(refusal(403, 'Forbidden'));
      server.lists.push(...forbidden(1));
      server.endWatches();
      await until(clock, () => server.count('list') === 2);
      await until(clock, () => cache.isForbidden, 1);
      expect(cache.hasSynced).toBe(false);
      await until(clock, isWatching, 100);
      expect(cache.hasSynced).toBe(true);
    });

    it('is tried again soon when the server is back after it failed for long', async () => {
      const down = Array.from({ length: 30 }, () => refusal(503, 'ServiceUnavailable'));
      server.lists.push(...down, ...forbidden(3));
      cache.start();
      await until(clock, () => server.count('list') === 31, 100);
      const sinceMs = clock.monotonicMs();
      await until(clock, isWatching, 50);
      expect(clock.monotonicMs() - sinceMs).toBeLessThan(6000);
    });

    it('is tried less and less often, down to once in half a minute', async () => {
      server.lists.push(...forbidden(100));
      cache.start();
      await until(clock, () => server.count('list') === 8, 100);
      const sinceMs = clock.monotonicMs();
      await until(clock, () => server.count('list') === 10, 100);
      expect(clock.monotonicMs() - sinceMs).toBeGreaterThanOrEqual(30_000);
      expect(clock.monotonicMs() - sinceMs).toBeLessThan(61_000);
    });
  });

  it('does not undo a write of its own with what the watch tells of before', async () => {
    await start();
    cache.absorb(readable('a', 8));
    server.tell(line('MODIFIED', pod('a', 5)));
    await until(clock, () => told.length === 2);
    expect(cache.get('default', 'a')?.metadata.resourceVersion).toBe('8');
    server.tell(line('DELETED', pod('a', 9)));
    await until(clock, () => told.length === 3);
    cache.absorb(readable('a', 8));
    expect(names()).toEqual([]);
  });
});

function errorEvent(code: number): string {
  return line('ERROR', { kind: 'Status', code, reason: 'Expired', message: 'old' });
}

function says(text: string): Answer {
  return (response) => {
    response.writeHead(200);
    response.end(text);
  };
}

function readable(name: string, version: number) {
  const { metadata, spec } = pod(name, version) as { metadata: never; spec: never };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec } as const;
}
