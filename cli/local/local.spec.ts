import { describe, expect, test } from 'vitest';
import type { MemberView } from '../../local/index.ts';
import { plain } from '../terminal/index.ts';
import { memberChanges } from './changes.ts';
import { type Greeting, greetingText, progressText } from './text.ts';

const greeting: Greeting = {
  version: '1.2.3',
  cluster: 'local',
  routers: 2,
  storage: 1,
  caches: ['default'],
  endpoint: '127.0.0.1:8080',
  tls: false,
  admin: '127.0.0.1:8081',
  dataDir: '/data',
  prometheus: undefined,
  file: undefined,
  command: 'topicplane',
};
const member = (name: string, parts: Partial<MemberView> = {}): MemberView => ({
  name,
  role: name.startsWith('r') ? 'router' : 'storage',
  ready: true,
  reason: '',
  restarts: 0,
  pid: 1,
  addresses: {},
  ...parts,
});

describe('the first lines', () => {
  test('say what runs, where, and two commands to try', () => {
    expect(greetingText(greeting, plain).split('\n')).toEqual([
      'Topicplane 1.2.3 runs cluster local on this machine: 2 routers, 1 storage node, caches default',
      '',
      '  clients  127.0.0.1:8080 in plain text; for the SDKs: CredentialProvider.forMomentoLocal()',
      '  status   http://127.0.0.1:8081/status',
      '  data     /data with a log of each member',
      '  cluster  built in; write your own: topicplane local --print-file > cluster.yaml',
      '',
      'Try, in another terminal:',
      '  topicplane subscribe greetings',
      "  topicplane publish greetings 'hello, world'",
      '',
    ]);
  });

  test('say that clients may speak TLS', () => {
    expect(greetingText({ ...greeting, tls: true }, plain)).toContain(
      '127.0.0.1:8080 with TLS, and in plain text from this machine; for the SDKs',
    );
  });

  test('say where Prometheus is, if one runs', () => {
    const text = greetingText({ ...greeting, prometheus: 'http://127.0.0.1:9091' }, plain);
    expect(text.split('\n')).toContain('  prometheus  http://127.0.0.1:9091');
  });

  test('name a cache and an address that are not the default, ready to be pasted', () => {
    const caches = ["my cache's"];
    const text = greetingText({ ...greeting, caches, endpoint: '0.0.0.0:99' }, plain);
    expect(text).toContain(
      "  topicplane subscribe greetings --cache 'my cache'\\''s' --endpoint 127.0.0.1:99",
    );
  });
});

test('progress counts members, and says what the first of the others waits for', () => {
  const members = [member('r-0'), member('r-1', { ready: false, reason: 'no topology' })];
  expect(progressText(members, { routers: 2, storage: 2 })).toBe(
    'routers 1/2  storage 0/2  r-1: no topology',
  );
});

describe('what is told of members', () => {
  const down = { ready: false, reason: 'restarting' };
  test.each([
    ['one that became ready', [member('a', down)], [member('a')], ['a is ready']],
    ['one that is new and not ready', [], [member('a', down)], []],
    [
      'one that is not ready any more',
      [member('a')],
      [member('a', { ready: false, reason: 'draining' })],
      ['a is not ready: draining'],
    ],
    [
      'one that is stopped',
      [member('a')],
      [member('a', { ready: false, reason: 'stopping' })],
      ['a is stopping'],
    ],
    ['one that is gone', [member('a')], [], ['a is gone']],
    ['one that stays as it is', [member('a')], [member('a')], []],
  ])('%s', (_what, before, now, told) => {
    expect(memberChanges(before, now)).toEqual(told);
  });

  test('one that died: nothing here, its end is told by itself', () => {
    const { pid: _, ...dead } = member('a', down);
    expect(memberChanges([member('a')], [dead])).toEqual([]);
  });
});
