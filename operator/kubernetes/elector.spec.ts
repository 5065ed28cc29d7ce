import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, silentLogger } from '../../runtime/index.ts';
import { Elector, type Leases } from './elector.ts';
import { KubernetesError } from './errors.ts';
import { defaultLeaseDurations, type LeaseSpec } from './lease.ts';

/** The one Lease, for all candidates. */
class SpecLeases {
  version = 0;
  spec: LeaseSpec | undefined;

  /** One candidate's way to it. */
  way(): Leases & { isDown: boolean } {
    const check = (isDown: boolean): void => {
      if (isDown) throw new KubernetesError('unavailable', 'no answer');
    };
    const lease = () => ({
      metadata: { resourceVersion: `${this.version}` },
      spec: this.spec ?? {},
    });
    const write = (spec: LeaseSpec) => {
      this.version += 1;
      this.spec = spec;
      return lease();
    };
    const way = {
      isDown: false,
      get: async () => {
        check(way.isDown);
        return this.spec && lease();
      },
      create: async (spec: LeaseSpec) => {
        check(way.isDown);
        if (this.spec) throw new KubernetesError('exists', 'it is there');
        return write(spec);
      },
      update: async (resourceVersion: string, spec: LeaseSpec) => {
        check(way.isDown);
        if (resourceVersion !== `${this.version}` || !this.spec) {
          throw new KubernetesError('conflict', 'it is another by now');
        }
        return write(spec);
      },
    };
    return way;
  }
}

describe('an election', () => {
  let clock: ManualClock;
  let leases: SpecLeases;
  let said: string[];
  let recorded: number;
  let electors: Elector[];

  const candidate = (identity: string) => {
    const way = leases.way();
    const elector = new Elector({
      leases: way,
      clock,
      log: silentLogger,
      random: () => 0,
      identity,
      durations: defaultLeaseDurations,
      recordedTerm: () => Promise.resolve(recorded),
      onLead: (term) => said.push(`${identity} leads term ${term}`),
      onLose: () => said.push(`${identity} lost`),
    });
    electors.push(elector);
    return { elector, way };
  };
  const advance = async (byMs: number): Promise<void> => {
    for (let doneMs = 0; doneMs < byMs; doneMs += 100) {
      clock.advance(100);
      await turns();
    }
  };

  beforeEach(() => {
    clock = new ManualClock();
    leases = new SpecLeases();
    said = [];
    recorded = 0;
    electors = [];
  });
  afterEach(async () => {
    for (const elector of electors) await elector.stop();
    expect(clock.pending).toBe(0);
  });

  it('has one leader, for as long as it renews', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    a.elector.start();
    b.elector.start();
    await turns();
    await advance(120_000);
    expect(said).toEqual(['a leads term 1']);
    expect([a.elector.isLeading, b.elector.isLeading, b.elector.leader]).toEqual([
      true,
      false,
      'a',
    ]);
  });

  it('gives up before another may take over, and takes part again', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    a.elector.start();
    await turns();
    b.elector.start();
    await advance(5000);
    a.way.isDown = true;
    await advance(30_000);
    expect(said).toEqual(['a leads term 1', 'a lost', 'b leads term 2']);
    a.way.isDown = false;
    b.way.isDown = true;
    await advance(30_000);
    expect(said.slice(3)).toEqual(['b lost', 'a leads term 3']);
  });

  it('is over for a process that stood still, in the moment in which it goes on', async () => {
    const { elector } = candidate('a');
    elector.start();
    await turns();
    // No timer has run yet after the pause: only the clock can tell.
    const paused = clock.monotonicMs() + 20_000;
    const original = clock.monotonicMs.bind(clock);
    clock.monotonicMs = () => paused;
    expect(elector.isLeading).toBe(false);
    clock.monotonicMs = original;
  });

  it('passes on at once when the leader stops in order', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    a.elector.start();
    await turns();
    b.elector.start();
    await advance(1000);
    await a.elector.stop();
    expect(leases.spec?.holderIdentity).toBe('');
    await advance(2500);
    expect(said).toEqual(['a leads term 1', 'a lost', 'b leads term 2']);
  });

  it('is lost when somebody else writes the Lease', async () => {
    const { elector } = candidate('a');
    elector.start();
    await turns();
    leases.version += 1;
    leases.spec = { holderIdentity: 'x', leaseDurationSeconds: 15, leaseTransitions: 8 };
    await advance(2000);
    expect(said).toEqual(['a leads term 1', 'a lost']);
    await advance(20_000);
    expect(said.at(-1)).toBe('a leads term 10');
  });

  it('goes on in a new term above all that are on record when the Lease was deleted', async () => {
    const { elector } = candidate('a');
    elector.start();
    await turns();
    recorded = 6;
    leases.spec = undefined;
    await advance(5000);
    expect(said).toEqual(['a leads term 1', 'a lost', 'a leads term 7']);
  });

  it('has no second leader when the Lease was deleted: who holds it makes it anew', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    a.elector.start();
    await turns();
    b.elector.start();
    await advance(5100);
    leases.spec = undefined;
    const leaders = new Set<string>();
    for (let step = 0; step < 100; step++) {
      leaders.add(`${a.elector.isLeading} ${b.elector.isLeading}`);
      await advance(100);
    }
    expect(leaders).not.toContain('true true');
    expect(said).toEqual(['a leads term 1', 'a lost', 'a leads term 1']);
    a.way.isDown = true;
    leases.spec = undefined;
    await advance(30_000);
    expect(said.slice(3)).toEqual(['a lost', 'b leads term 2']);
  });

  it('takes a higher term when members follow one', async () => {
    const { elector } = candidate('a');
    elector.start();
    await turns();
    elector.raise(12);
    await turns();
    expect(said).toEqual(['a leads term 1', 'a lost', 'a leads term 13']);
    elector.raise(12);
    await advance(5000);
    expect(said).toHaveLength(3);
  });
});

async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
}
