import { describe, expect, it } from 'vitest';
import type { link, topo } from '../../proto/index.ts';
import { silentLogger } from '../../runtime/index.ts';
import type { SpreadPort } from '../link/index.ts';
import { Spread } from './spread.ts';

const afterMs = 250;

class Port implements SpreadPort {
  state: SpreadPort['state'] = 'open';
  peer: link.Welcome | undefined = { storage: 's', incarnation: 'one' };
  peerVersion: topo.Version | undefined;
  readonly member: string;
  readonly said: string[] = [];

  constructor(member: string, epoch: number) {
    this.member = member;
    this.peerVersion = { term: 1, epoch };
  }

  giveTopology({ version }: topo.Topology): void {
    this.said.push(`gives ${version?.epoch}`);
  }

  askTopology(): void {
    this.said.push('asks');
  }
}

function topologyOf(epoch: number): topo.Topology {
  return {
    cluster: 'n/c/1',
    version: { term: 1, epoch },
    pageOrigin: 0,
    ringEpoch: 0,
    previousRingEpoch: 0,
    caches: [],
    storage: [],
    ring: [],
    move: undefined,
    settings: undefined,
  };
}

/** A router that holds `epoch` looks at its links every 50 ms. */
function start(epoch: number, ...ports: Port[]) {
  const spread = new Spread(afterMs, silentLogger);
  const router = { epoch, nowMs: 1_000 };
  const pass = (forMs: number): string[] => {
    for (const end = router.nowMs + forMs; router.nowMs < end; router.nowMs += 50) {
      spread.tick(router.nowMs, topologyOf(router.epoch), ports);
    }
    return ports.map(({ said }) => said.splice(0).join());
  };
  return { router, pass };
}

describe('a router and a storage node with different topologies', () => {
  it('leave it to the operator for a moment', () => {
    const { pass } = start(3, new Port('behind', 2), new Port('ahead', 4));
    expect(pass(afterMs)).toEqual(['', '']);
    expect(pass(50)).toEqual(['gives 3', 'asks']);
  });

  it('do it once, whatever comes of it', () => {
    const { pass } = start(3, new Port('behind', 2), new Port('ahead', 4));
    pass(1_000);
    expect(pass(10_000)).toEqual(['', '']);
  });

  it('do it anew on another stream, and when either of them holds another one', () => {
    const port = new Port('behind', 1);
    const { router, pass } = start(3, port);
    pass(1_000);
    port.peer = { storage: 's', incarnation: 'one' };
    expect(pass(1_000)).toEqual(['gives 3']);
    port.peerVersion = { term: 1, epoch: 2 };
    expect(pass(1_000)).toEqual(['gives 3']);
    router.epoch = 4;
    expect(pass(afterMs)).toEqual(['']);
    expect(pass(1_000)).toEqual(['gives 4']);
  });

  it('have nothing to do with each other while the stream is not open', () => {
    const port = new Port('behind', 2);
    port.state = 'lingering';
    const unsaid = new Port('silent', 2);
    unsaid.peerVersion = undefined;
    expect(start(3, port, unsaid).pass(1_000)).toEqual(['', '']);
  });
});

it('a router with the topology of the storage nodes says nothing', () => {
  expect(start(3, new Port('a', 3), new Port('b', 3)).pass(10_000)).toEqual(['', '']);
});

it('a router without a topology has nothing to give and nobody to ask', () => {
  const port = new Port('ahead', 4);
  new Spread(0, silentLogger).tick(1_000, undefined, [port]);
  expect(port.said).toEqual([]);
});

it('of several storage nodes that are ahead one is asked after the other, until one has helped', () => {
  const { router, pass } = start(3, ...['a', 'b', 'c'].map((name) => new Port(name, 4)));
  expect(pass(afterMs + 50)).toEqual(['asks', '', '']);
  expect(pass(50)).toEqual(['', 'asks', '']);
  router.epoch = 4;
  expect(pass(10_000)).toEqual(['', '', '']);
});
