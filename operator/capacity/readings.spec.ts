import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../runtime/index.ts';
import type { Component } from '../names.ts';
import type { Reading } from '../scale/index.ts';
import { CapacityReadings } from './readings.ts';
import type { CapacitySource, CapacityWant } from './source.ts';

const intervalMs = 15_000;

/** Looks that wait for their answer, oldest first. */
class PatientSource implements CapacitySource {
  readonly looks: { readonly want: CapacityWant; readonly answer: (what: string) => void }[] = [];
  begun = 0;
  signals: (AbortSignal | undefined)[] = [];

  read(want: CapacityWant, signal?: AbortSignal): Promise<Reading> {
    this.begun += 1;
    this.signals.push(signal);
    return new Promise((resolve) => {
      const answer = (message: string): void => {
        signal?.removeEventListener('abort', stop);
        resolve({ kind: 'failed', message });
      };
      const stop = (): void => answer('called off');
      this.looks.push({ want, answer });
      signal?.addEventListener('abort', stop);
    });
  }
}

let clock: ManualClock;
let source: PatientSource;
let told: string[];
let readings: CapacityReadings;

beforeEach(() => {
  clock = new ManualClock();
  source = new PatientSource();
  told = [];
  readings = new CapacityReadings({ clock, source, onReading: (key) => told.push(key) });
});

const wantOf = (name: string, tier: Component = 'router', url = 'http://one'): CapacityWant => ({
  ...{ namespace: 'default', name, tier, prometheus: { url }, intervalMs },
});
const ask = (name: string, ...wants: CapacityWant[]) => readings.latest(`default/${name}`, wants);
/** Lets everything that is due in this turn happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

async function answer(message: string): Promise<void> {
  await settle();
  source.looks.shift()?.answer(message);
  await settle();
}

function messages(latest: ReturnType<typeof ask>): Record<string, string> {
  return Object.fromEntries(
    [...latest].map(([tier, { reading }]) => [
      tier,
      reading.kind === 'failed' ? reading.message : '',
    ]),
  );
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

describe('a tier that is asked for', () => {
  it('is looked at at once, and nobody waits for that', async () => {
    expect(ask('a', wantOf('a')).size).toBe(0);
    await settle();
    expect(source.begun).toBe(1);
    expect(ask('a', wantOf('a')).size).toBe(0);
    await pass(1000);
    await answer('one');
    expect(told).toEqual(['default/a']);
    expect(ask('a', wantOf('a')).get('router')).toEqual({
      reading: { kind: 'failed', message: 'one' },
      atMs: clock.wallMs(),
      takenMs: 1000,
      number: 1,
    });
  });

  it('is looked at again an interval after the look before began, not earlier', async () => {
    ask('a', wantOf('a'));
    await settle();
    await pass(4000);
    await answer('one');
    await pass(intervalMs - 4001);
    ask('a', wantOf('a'));
    expect(source.begun).toBe(1);
    await pass(1);
    expect(source.begun).toBe(2);
    expect(messages(ask('a', wantOf('a')))).toEqual({ router: 'one' });
    await answer('two');
    expect(ask('a', wantOf('a')).get('router')).toMatchObject({ number: 2 });
    expect(messages(ask('a', wantOf('a')))).toEqual({ router: 'two' });
    expect(told).toHaveLength(2);
  });

  it('is never looked at twice at a time', async () => {
    ask('a', wantOf('a'));
    for (let n = 0; n < 4; n++) {
      await pass(intervalMs);
      ask('a', wantOf('a'));
    }
    expect(source.begun).toBe(1);
    await answer('late');
    await settle();
    expect(source.begun).toBe(1);
    await pass(1);
    expect(source.begun).toBe(2);
  });

  it('is looked at for as long as it is', async () => {
    ask('a', wantOf('a'));
    for (let n = 1; n < 20; n++) {
      await answer('again');
      await pass(intervalMs);
      expect(source.begun).toBe(n + 1);
      expect(messages(ask('a', wantOf('a')))).toEqual({ router: 'again' });
    }
  });

  it('has a reading of its own', async () => {
    const both = [wantOf('a'), wantOf('a', 'storage')];
    ask('a', ...both);
    await answer('router');
    expect(messages(ask('a', ...both))).toEqual({ router: 'router' });
    await answer('storage');
    expect(messages(ask('a', ...both))).toEqual({ router: 'router', storage: 'storage' });
    expect(readings.size).toBe(2);
  });
});

describe('an edit', () => {
  const edited = wantOf('a', 'router', 'http://two');

  it('makes what was read before count no more, and is looked at at once', async () => {
    ask('a', wantOf('a'));
    await answer('one');
    expect(ask('a', edited).size).toBe(0);
    await settle();
    expect(source.looks.map(({ want }) => want.prometheus.url)).toEqual(['http://two']);
    await answer('two');
    expect(messages(ask('a', edited))).toEqual({ router: 'two' });
    await pass(intervalMs);
    expect(source.begun).toBe(3);
  });

  it('waits for the look that is under way, whose reading is dropped', async () => {
    ask('a', wantOf('a'));
    await settle();
    ask('a', edited);
    await settle();
    expect(source.begun).toBe(1);
    await answer('one');
    expect(told).toEqual([]);
    expect(ask('a', edited).size).toBe(0);
    expect(source.looks.map(({ want }) => want.prometheus.url)).toEqual(['http://two']);
    await answer('two');
    expect(messages(ask('a', edited))).toEqual({ router: 'two' });
    expect(told).toEqual(['default/a']);
  });

  it('is none when the same is wanted in another object', async () => {
    ask('a', wantOf('a'));
    await answer('one');
    expect(messages(ask('a', structuredClone(wantOf('a'))))).toEqual({ router: 'one' });
    await settle();
    expect(source.begun).toBe(1);
  });
});

describe('a tier is forgotten', () => {
  it('when it is wanted no more', async () => {
    ask('a', wantOf('a'), wantOf('a', 'storage'));
    await answer('router');
    await answer('storage');
    expect(messages(ask('a', wantOf('a', 'storage')))).toEqual({ storage: 'storage' });
    await pass(intervalMs);
    expect(source.looks.map(({ want }) => want.tier)).toEqual(['storage']);
  });

  it('when its cluster is', async () => {
    ask('a', wantOf('a'), wantOf('a', 'storage'));
    ask('b', wantOf('b'));
    await settle();
    readings.forget('default/a');
    for (let n = 0; n < 3; n++) await answer('late');
    expect(told).toEqual(['default/b']);
    expect(readings.size).toBe(1);
    await pass(intervalMs);
    expect(source.looks.map(({ want }) => want.name)).toEqual(['b']);
  });

  it('when nobody asks for it any more', async () => {
    ask('a', wantOf('a'));
    for (let n = 0; n < 20; n++) {
      await answer('again');
      await pass(intervalMs);
    }
    expect(readings.size).toBe(0);
    expect(source.begun).toBe(6);
    expect(clock.pending).toBe(0);
    // And begins anew when somebody does.
    expect(ask('a', wantOf('a')).size).toBe(0);
    await settle();
    expect(source.begun).toBe(7);
  });
});

it('many looks at a time are no reason for a warning', async () => {
  const warnings: string[] = [];
  const note = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', note);
  try {
    for (let n = 0; n < 20; n++) ask(`c${n}`, wantOf(`c${n}`));
    await settle();
    expect(source.looks).toHaveLength(16);
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', note);
  }
});

it('only so many looks are under way, and the others get their turn', async () => {
  readings = new CapacityReadings({
    clock,
    source,
    onReading: (key) => told.push(key),
    looksMax: 3,
  });
  const names = Array.from({ length: 10 }, (_, n) => `c${n}`);
  for (const name of names) ask(name, wantOf(name));
  let most = 0;
  for (let n = 0; n < names.length; n++) {
    await settle();
    most = Math.max(most, source.looks.length);
    await answer('one');
  }
  expect(most).toBe(3);
  expect(told).toEqual(names.map((name) => `default/${name}`));
});

it('after the end nothing is looked at or told', async () => {
  ask('a', wantOf('a'));
  ask('b', wantOf('b'));
  await answer('one');
  await readings.close();
  expect(source.signals.every((signal) => signal?.aborted)).toBe(true);
  expect(ask('a', wantOf('a')).size).toBe(0);
  await pass(10 * intervalMs);
  expect([source.begun, told, clock.pending, readings.size]).toEqual([2, ['default/a'], 0, 0]);
});
