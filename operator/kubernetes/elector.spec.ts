import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Logger, ManualClock, silentLogger } from '../../runtime/index.ts';
import { Elector, electionApi, type Leases, leasesOf } from './elector.ts';
import { KubernetesError } from './errors.ts';
import { type Answer, HostileServer, json, refusal, until } from './hostile-server.ts';
import { defaultLeaseDurations, firstTermMax, type LeaseSpec } from './lease.ts';

/** The one Lease, for all candidates. */
class SpecLeases {
  version = 0;
  spec: LeaseSpec | undefined;

  /** One candidate's way to it. */
  way(): Leases & { isDown: boolean; losesAnswers: boolean; hindrance: string | undefined } {
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
      name: 'here/operator',
      isDown: false,
      /** What it writes is written, and it is not told. */
      losesAnswers: false,
      /** Of the candidate, not of the Lease. */
      hindrance: undefined as string | undefined,
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
        const written = write(spec);
        check(way.losesAnswers);
        return written;
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
  /** Terms on record were asked for up to these. */
  let asked: number[];
  let logged: string[];
  let electors: Elector[];

  const note = (level: string) => (_fields: object, message: string) => {
    logged.push(`${level} ${message}`);
  };
  const log = { ...silentLogger, info: note('info'), warn: note('warn') } as unknown as Logger;
  const candidate = (identity: string) => {
    const way = leases.way();
    const elector = new Elector({
      leases: way,
      clock,
      log,
      random: () => 0,
      identity,
      durations: defaultLeaseDurations,
      recordedTerm: (termMax) => {
        asked.push(termMax);
        return Promise.resolve(recorded);
      },
      hindrance: () => way.hindrance,
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
    asked = [];
    logged = [];
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
    elector.raise(12, 'default/demo');
    await turns();
    expect(said).toEqual(['a leads term 1', 'a lost', 'a leads term 13']);
    elector.raise(12, 'default/demo');
    await advance(5000);
    expect(said).toHaveLength(3);
  });

  it('does not follow a term that was never led', async () => {
    const { elector } = candidate('a');
    elector.start();
    await turns();
    for (const term of [1002, 2 ** 31 - 2, 4e9]) elector.raise(term, 'default/demo');
    await turns();
    expect(said).toEqual(['a leads term 1']);
    elector.raise(1001, 'default/demo');
    await turns();
    expect(said.at(-1)).toBe('a leads term 1002');
    // What is on record is believed as far beyond the Lease, and further only when there is none.
    expect(asked).toEqual([firstTermMax]);
    const { elector: other } = candidate('b');
    await elector.stop();
    other.start();
    await turns();
    expect(asked).toEqual([firstTermMax, 2002]);
  });

  it('does not bid against an operator that holds another Lease', async () => {
    const { elector } = candidate('a');
    elector.start();
    await turns();
    elector.raise(2, 'record');
    await turns();
    expect(elector.term).toBe(3);
    for (let round = 0; round < 9; round++) {
      elector.raise(4, 'record');
      await advance(60_000);
    }
    expect(elector.term).toBe(3);
    // A member of one cluster is another matter.
    elector.raise(4, 'default/demo');
    await turns();
    expect(elector.term).toBe(5);
    await advance(120_000);
    elector.raise(8, 'record');
    await turns();
    expect(elector.term).toBe(9);
  });

  it('outlives a renewal whose answer was lost', async () => {
    const { elector, way } = candidate('a');
    elector.start();
    await turns();
    way.losesAnswers = true;
    await advance(2000);
    way.losesAnswers = false;
    await advance(30_000);
    expect(said).toEqual(['a leads term 1']);
    expect(elector.isLeading).toBe(true);
    // Nor does it matter for who comes next.
    way.losesAnswers = true;
    await advance(2000);
    way.losesAnswers = false;
    await elector.stop();
    expect(leases.spec?.holderIdentity).toBe('');
  });

  it('is lost at the renew deadline when no answer arrives any more, although every renewal did', async () => {
    const { way, elector } = candidate('a');
    elector.start();
    await turns();
    way.losesAnswers = true;
    await advance(9900);
    expect(elector.isLeading).toBe(true);
    await advance(200);
    expect(said).toEqual(['a leads term 1', 'a lost']);
  });

  it('is waited for in words: once, and when another holds it', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    a.elector.start();
    await turns();
    b.elector.start();
    const waiting = () => logged.filter((line) => line.includes('waiting'));
    await advance(200_000);
    expect(waiting()).toEqual(['info waiting for Lease here/operator, held by a']);
    leases.version += 1;
    leases.spec = { holderIdentity: 'x', leaseDurationSeconds: 15 };
    await advance(5000);
    const forX = () => waiting().filter((line) => line.endsWith('held by x'));
    expect(forX()).toHaveLength(2);
    await advance(20_000);
    expect(said.at(-1)).toMatch(/leads term 2$/);
    leases.version += 1;
    leases.spec = { holderIdentity: 'x', leaseDurationSeconds: 15 };
    await advance(5000);
    expect(forX()).toHaveLength(4);
  });

  it('is not won by who could do nothing, and is left to others by a leader that can do nothing for long', async () => {
    const [a, b] = [candidate('a'), candidate('b')];
    a.way.hindrance = 'no rights';
    a.elector.start();
    await advance(60_000);
    expect([said, leases.spec]).toEqual([[], undefined]);
    expect(logged).toEqual(['warn does not lead before it can read what it has to']);
    a.way.hindrance = undefined;
    await advance(3000);
    b.elector.start();
    a.way.hindrance = 'no rights';
    await advance(25_000);
    a.way.hindrance = undefined;
    await advance(5000);
    a.way.hindrance = 'no rights';
    await advance(29_000);
    expect(said).toEqual(['a leads term 1']);
    await advance(6000);
    expect(said.slice(1)).toEqual(['a lost', 'b leads term 2']);
  });

  it('ends without a warning when the process is told to stop', async () => {
    const { elector } = candidate('a');
    elector.start();
    await turns();
    await elector.stop();
    expect(logged).toEqual(['info leading', 'info leads no more']);
  });
});

it('the server may ask to be left alone for longer than a leader has time', async () => {
  const server = await HostileServer.start();
  const clock = new ManualClock();
  const said: string[] = [];
  const { connection } = server;
  const api = electionApi(defaultLeaseDurations, { connection, clock });
  const elector = new Elector({
    leases: leasesOf(api, 'here', 'operator'),
    clock,
    log: silentLogger,
    random: () => 0,
    identity: 'a',
    durations: defaultLeaseDurations,
    recordedTerm: () => Promise.resolve(0),
    onLead: (term) => said.push(`leads term ${term}`),
    onLose: (why) => said.push(why),
  });
  const held = json(200, { metadata: { resourceVersion: '7' }, spec: { holderIdentity: 'a' } });
  server.others.push(refusal(404, 'NotFound'), held, held);
  elector.start();
  await until(clock, () => server.count('PUT') === 1);
  server.others.push(refusal(429, 'TooManyRequests', { 'retry-after': '10' }), held, held, held);
  await until(clock, () => server.count('PUT') === 4);
  expect(said).toEqual(['leads term 1']);
  let isOver = false;
  void elector.stop().then(() => {
    isOver = true;
  });
  await until(clock, () => isOver);
  await server.stop();
});

it('there is no Lease where there is no namespace, which is said once a minute until there is', async () => {
  const server = await HostileServer.start();
  const clock = new ManualClock();
  const logged: string[] = [];
  const terms: number[] = [];
  const { connection } = server;
  const api = electionApi(defaultLeaseDurations, { connection, clock });
  const warn = (_fields: object, message: string) => void logged.push(message);
  const elector = new Elector({
    leases: leasesOf(api, 'absent', 'operator'),
    clock,
    log: { ...silentLogger, warn } as unknown as Logger,
    random: () => 0,
    identity: 'a',
    durations: defaultLeaseDurations,
    recordedTerm: () => Promise.resolve(0),
    onLead: (term) => terms.push(term),
    onLose: () => undefined,
  });
  const answers = (count: number, answer: Answer) => {
    server.others.splice(0, Infinity, ...Array.from({ length: count }, () => answer));
  };
  const words =
    'the Lease absent/operator could not be read or written: namespace absent does not exist: create it, or give another with --lease-namespace';
  answers(1000, refusal(404, 'NotFound'));
  elector.start();
  await until(clock, () => elector.problem !== undefined);
  expect([elector.problem, logged]).toEqual([words, [words]]);
  const sinceMs = clock.monotonicMs();
  await until(clock, () => logged.length === 2, 100);
  expect(clock.monotonicMs() - sinceMs).toBeGreaterThan(59_000);
  expect([server.count('POST') > 5, elector.problem, terms]).toEqual([true, words, []]);
  answers(1000, json(201, { metadata: { resourceVersion: '7' }, spec: { holderIdentity: 'a' } }));
  await until(clock, () => terms.length === 1 && elector.problem === undefined);
  let isOver = false;
  void elector.stop().then(() => {
    isOver = true;
  });
  await until(clock, () => isOver);
  await server.stop();
});

async function turns(): Promise<void> {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve));
}
