import { expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import { withinOneDeadline } from './ending.ts';

it('endings that hang take no longer together than one may, and each is begun', async () => {
  const clock = new ManualClock();
  const begun: string[] = [];
  const names = ['reconciles', 'events', 'watches', 'admin port'];
  const endings = withinOneDeadline(
    clock,
    10_000,
    names.map((what) => ({
      what,
      end: () => {
        begun.push(what);
        return new Promise<void>(() => {});
      },
    })),
  );
  let isOver = false;
  const ending = (async () => {
    for (const each of endings) await each.end();
    isOver = true;
  })();
  clock.advance(9_999);
  await new Promise((resolve) => setImmediate(resolve));
  expect([begun, isOver]).toEqual([['reconciles'], false]);
  clock.advance(1);
  await ending;
  expect(begun).toEqual(names);
});
