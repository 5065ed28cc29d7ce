import { describe, expect, it } from 'vitest';
import { type Carrier, Carriers } from './carriers.ts';

function start(count: number) {
  const carriers = new Carriers();
  const links = Array.from({ length: count }, (): Carrier & { busy: boolean } => {
    return { busy: false, carry() {} };
  });
  for (const one of links) carriers.add(one);
  const send = (to = 'a') => {
    const chosen = carriers.choose(to);
    if (chosen) carriers.sent(chosen);
    return links.findIndex((one) => one === chosen);
  };
  return { carriers, links, send };
}

describe('the link that carries a handoff', () => {
  it('is each in turn', () => {
    const { send } = start(3);
    expect([send(), send(), send(), send()]).toEqual([0, 1, 2, 0]);
  });

  it('is the one with the least on its way', () => {
    const { send, carriers, links } = start(2);
    send();
    send();
    if (links[1]) carriers.settled(links[1]);
    expect(send()).toBe(1);
  });

  it('is rather one that brought answers, but not for ever', () => {
    const { send, carriers, links } = start(2);
    if (links[1]) carriers.judge('a', links[1], 'answered');
    expect([send(), send()]).toEqual([1, 0]);
  });

  it('is one that failed on the way to that target only if there is no other', () => {
    const { send, carriers, links } = start(2);
    if (links[0]) carriers.judge('a', links[0], 'failed');
    expect([send(), send(), send('b')]).toEqual([1, 1, 0]);
    if (links[1]) carriers.remove(links[1]);
    expect(send()).toBe(0);
    if (links[0]) links[0].busy = true;
    expect(send()).toBe(-1);
  });

  it('is forgiven in the next version', () => {
    const { send, carriers, links } = start(2);
    if (links[0]) carriers.judge('a', links[0], 'failed');
    carriers.forgive();
    expect(send()).toBe(0);
  });
});
