import { describe, expect, it } from 'vitest';
import { link, type topo } from '../../proto/index.ts';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import { routerBounds } from '../config.ts';
import { PlayedStream, type Told } from '../testing/index.ts';
import { Links } from './links.ts';

const welcome: Told = {
  welcome: { storage: 's', incarnation: 'one' },
  version: { term: 1, epoch: 1 },
};

/** Links whose other ends are played; `open` greets on the newest stream to an address. */
function setUp(bounds = routerBounds) {
  const clock = new ManualClock();
  const dialled: { readonly address: string; readonly stream: PlayedStream }[] = [];
  const broke: string[] = [];
  const links = new Links(
    { cluster: 'ns/c/1', router: 'router-0', incarnation: 'two' },
    {
      opened: () => {},
      broke: (broken, reason) => broke.push(`${broken.member}: ${reason}`),
      versionChanged: () => {},
      received: () => {},
    },
    {
      clock,
      log: silentLogger,
      bounds,
      dial: (address) => {
        const stream = new PlayedStream();
        dialled.push({ address, stream });
        return stream;
      },
    },
  );
  const stream = (address: string): PlayedStream => {
    const found = dialled.findLast((one) => one.address === address);
    if (!found) throw new Error(`nobody dialled ${address}`);
    return found.stream;
  };
  const open = (...addresses: string[]): void => {
    for (const address of addresses) {
      stream(address).say(welcome);
      stream(address).letDown();
    }
  };
  const arrived = (address: string): link.RouterBatch[] => {
    const batches: link.RouterBatch[] = [];
    const to = stream(address);
    to.onArrived = (batch) => batches.push(batch);
    clock.advance(0);
    while (to.waiting.up > 0) to.letUp();
    return batches;
  };
  const follow = (members: Readonly<Record<string, string>>): void => {
    const storage = Object.entries(members).map(([name, address]) => {
      return { name, address, incarnation: 'one' };
    });
    links.follow({ storage } as unknown as topo.Topology);
  };
  return { clock, links, dialled, broke, stream, open, arrived, follow };
}

describe('the links of a router', () => {
  it('are one to every member, and counted when they are open', () => {
    const { links, dialled, follow, open } = setUp();
    follow({ a: 'a:1', b: 'b:1' });
    follow({ a: 'a:1', b: 'b:1', c: 'c:1' });
    expect(dialled.map(({ address }) => address)).toEqual(['a:1', 'b:1', 'c:1']);
    open('a:1', 'c:1');
    expect([links.openCount, links.missing]).toEqual([2, ['b']]);
  });

  it('are alive while they are open and heard, also when this process has not looked for a while', () => {
    let lateMs = 0;
    const { links, clock, follow, open } = setUp();
    const monotonicMs = clock.monotonicMs.bind(clock);
    clock.monotonicMs = () => monotonicMs() + lateMs;
    follow({ a: 'a:1', b: 'b:1' });
    expect(links.live).toEqual([]);
    open('a:1');
    const a = { storage: 'a', incarnation: 'one', version: { term: 1, epoch: 1 } };
    expect(links.live).toEqual([a]);
    lateMs = routerBounds.linkSilenceMsMax;
    expect([links.live, links.openCount]).toEqual([[], 1]);
  });

  it('to a member that left take nothing new and are not counted', () => {
    const { links, follow, open, stream } = setUp();
    follow({ a: 'a:1', b: 'b:1' });
    open('a:1', 'b:1');
    follow({ b: 'b:1' });
    expect([links.open('a'), links.openCount, links.lingeringCount]).toEqual([undefined, 1, 1]);
    expect(stream('a:1').isOver).toBe(false);
  });

  it('to a member that left are closed when nothing is awaited from them', () => {
    const { links, follow, open, stream, broke } = setUp();
    follow({ a: 'a:1', b: 'b:1' });
    open('a:1', 'b:1');
    follow({ b: 'b:1' });
    links.tick(50, () => true);
    expect(stream('a:1').isOver).toBe(false);
    links.tick(50, () => false);
    expect(stream('a:1').isOver).toBe(true);
    expect(broke).toEqual(['a: the topology no longer names this address']);
    expect(links.lingeringCount).toBe(0);
  });

  it('to a member that left are closed after the longest wait of a publish', () => {
    const { links, follow, open, stream } = setUp();
    follow({ a: 'a:1', b: 'b:1' });
    open('a:1', 'b:1');
    follow({ b: 'b:1' });
    links.tick(routerBounds.publishWaitMsMax - 1, () => true);
    expect(stream('a:1').isOver).toBe(false);
    links.tick(routerBounds.publishWaitMsMax, () => true);
    expect(stream('a:1').isOver).toBe(true);
  });

  it('to a member that left are not opened again when they break', () => {
    const { clock, links, dialled, follow, open, stream, broke } = setUp();
    follow({ a: 'a:1' });
    open('a:1');
    follow({});
    stream('a:1').cut();
    expect([broke, links.lingeringCount]).toEqual([['a: cut'], 0]);
    links.tick(0, () => true);
    clock.advance(10_000);
    expect([dialled.length, broke.length, clock.pending]).toEqual([1, 1, 0]);
  });

  it('that never opened are closed at once when their member leaves', () => {
    const { links, follow, stream, broke, clock } = setUp();
    follow({ a: 'a:1' });
    follow({});
    expect([stream('a:1').isOver, links.lingeringCount, broke, clock.pending]).toEqual([
      true,
      0,
      [],
      0,
    ]);
  });

  it('to a member with another address begin anew; the old one brings its answers', () => {
    const { links, follow, open, stream } = setUp();
    follow({ a: 'a:1' });
    open('a:1');
    follow({ a: 'a:2' });
    expect([links.open('a'), stream('a:1').isOver]).toEqual([undefined, false]);
    open('a:2');
    expect([links.open('a')?.address, links.openCount]).toEqual(['a:2', 1]);
  });

  it('leave no timer behind, lingering or not', () => {
    const { clock, links, follow, open, stream } = setUp();
    follow({ a: 'a:1', b: 'b:1' });
    open('a:1', 'b:1');
    follow({ b: 'b:1' });
    links.close();
    expect([stream('a:1').isOver, stream('b:1').isOver, clock.pending]).toEqual([true, true, 0]);
  });
});

const interest = (feed: number): link.Interest => {
  return { feed, cache: 'c', topic: 't', page: 0, nextSequence: 0 };
};

describe('the links of a router that moves some of its clients', () => {
  it('tell every member once; interest that comes later is not marked', () => {
    const { clock, links, follow, open, arrived } = setUp({
      ...routerBounds,
      linkSilenceMsMax: 1e9,
    });
    follow({ a: 'a:1', b: 'b:1' });
    open('a:1', 'b:1');
    arrived('a:1');
    arrived('b:1');
    links.shedding();
    expect(arrived('a:1').map(({ leaving }) => leaving)).toEqual([true]);
    expect(arrived('b:1').map(({ leaving }) => leaving)).toEqual([true]);
    for (const ms of [1, 100, 3_600_000]) {
      clock.advance(ms);
      arrived('a:1');
      links.open('a')?.interest(interest(ms));
      const marks = arrived('a:1').map(({ interests, leaving }) => [interests.length, leaving]);
      expect(marks).toEqual([[1, false]]);
    }
  });

  it('tell a member whose link opens later with the first interest, and once', () => {
    const { clock, links, follow, open, arrived } = setUp();
    follow({ a: 'a:1' });
    links.shedding();
    open('a:1');
    expect(arrived('a:1').map(({ leaving }) => leaving)).toEqual([false]);
    for (const isMarked of [true, false]) {
      links.open('a')?.interest(interest(1));
      expect(arrived('a:1').map(({ leaving }) => leaving)).toEqual([isMarked]);
      clock.advance(200);
      arrived('a:1');
    }
  });
});

describe('the links of a router that leaves', () => {
  it('tell every member, and those that open later with the first interest', () => {
    const { links, follow, open, arrived } = setUp();
    follow({ a: 'a:1' });
    open('a:1');
    arrived('a:1');
    links.leaving();
    expect(arrived('a:1').map(({ leaving }) => leaving)).toEqual([true]);
    follow({ a: 'a:1', b: 'b:1' });
    open('b:1');
    expect(arrived('b:1').map(({ leaving }) => leaving)).toEqual([false]);
    links.open('b')?.interest(interest(1));
    expect(arrived('b:1').map(({ leaving }) => leaving)).toEqual([true]);
  });

  it('mark interest at once, and what comes soon after it together', () => {
    const { clock, links, follow, open, arrived } = setUp();
    follow({ a: 'a:1' });
    open('a:1');
    links.leaving();
    arrived('a:1');
    const marks: boolean[] = [];
    for (let feed = 1; feed <= 4; feed++) {
      links.open('a')?.interest(interest(feed));
      marks.push(...arrived('a:1').map(({ leaving }) => leaving));
    }
    expect(marks).toEqual([true, false, false, false]);
    clock.advance(100);
    expect(arrived('a:1').map(({ leaving }) => leaving)).toEqual([true]);
    clock.advance(100);
    expect(arrived('a:1').every(({ leaving }) => !leaving)).toBe(true);
  });
});

describe('handoffs on a link', () => {
  it('count: above half of the bound no more are taken, publishes still are', () => {
    const { links, follow, open, stream, arrived } = setUp({
      ...routerBounds,
      linkBytesMax: 4_000,
    });
    follow({ a: 'a:1' });
    open('a:1');
    arrived('a:1');
    const a = links.open('a');
    expect([a?.halfFull, a?.full]).toEqual([false, false]);
    const items = [new Uint8Array(1_000), new Uint8Array(1_000)];
    const topic = { cache: 'c', topic: 't', page: 1, head: 2, items, agesMs: [0, 0], orphans: [] };
    const [from, to] = ['b', 'a'];
    a?.handoff({ from, to, version: undefined, number: 1, topics: [topic], last: false });
    expect([a?.halfFull, a?.full]).toEqual([true, false]);
    expect(arrived('a:1').map(({ handoffs }) => handoffs.length)).toEqual([1]);
    expect([a?.halfFull, stream('a:1').waiting.up]).toEqual([false, 0]);
    const outcome = link.HandoffOutcome.TAKEN;
    a?.handoffResult({ from, to, version: undefined, number: 1, outcome });
    expect(arrived('a:1').map(({ handoffResults }) => handoffResults.length)).toEqual([1]);
  });
});
