import { expect, it } from 'vitest';
import type { Profile } from '../servers/index.ts';
import { profileTable } from './table.ts';

const node = (id: number, functionName: string, url: string, lineNumber: number) => ({
  id,
  callFrame: { functionName, url, lineNumber },
});

it('functions are told by their own time, and the kernel by what the profile does not explain', () => {
  const profile: Profile = {
    nodes: [
      node(1, '(idle)', '', -1),
      node(2, 'write', 'file:///somewhere/dist/router/fanout/outbox.js', 9),
      node(3, 'write', 'file:///somewhere/dist/router/fanout/outbox.js', 9),
      node(4, '', 'node:net', 0),
    ],
    samples: [1, 2, 3, 4],
    timeDeltas: [1_000, 200, 100, 100],
  };
  expect(profileTable(profile, 100, 1_000, 3).split('\n')).toEqual([
    '  60.0 %      6.000 us  (kernel and native code, not called by JavaScript)',
    '  30.0 %      3.000 us  write  router/fanout/outbox.js:10',
    '  10.0 %      1.000 us  (anonymous)  node:net:1',
  ]);
});
