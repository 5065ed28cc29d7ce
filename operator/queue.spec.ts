import { describe, expect, it } from 'vitest';
import { ManualClock } from '../runtime/index.ts';
import { type RunOutcome, WorkQueue } from './queue.ts';

/** A queue whose runs end when the spec says so. */
class Bench {
  readonly clock = new ManualClock();
  /** Keys in the order in which they began to run. */
  readonly began: string[] = [];
  readonly #ends = new Map<string, (outcome: RunOutcome) => void>();
  readonly queue: WorkQueue;

  constructor(runsMax = 4, random = 0.999999) {
    this.queue = new WorkQueue({
      clock: this.clock,
      random: () => random,
      runsMax,
      run: (key) => {
        if (this.#ends.has(key)) throw new Error(`${key} runs twice at a time`);
        this.began.push(key);
        return new Promise((resolve) => this.#ends.set(key, resolve));
      },
    });
  }

  async end(key: string, outcome: RunOutcome = { ok: true, againMs: undefined }): Promise<void> {
    this.#ends.get(key)?.(outcome);
    this.#ends.delete(key);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('WorkQueue', () => {
  it('makes one run of many adds', async () => {
    const { queue, began } = new Bench();
    for (let count = 0; count < 5; count++) queue.add('a');
    await turn();
    expect(began).toEqual(['a']);
  });

  it('runs once more, and only once, what was added while it ran', async () => {
    const bench = new Bench();
    bench.queue.add('a');
    await turn();
    bench.queue.add('a');
    bench.queue.add('a');
    await turn();
    expect(bench.began).toEqual(['a']);
    await bench.end('a');
    expect(bench.began).toEqual(['a', 'a']);
    await bench.end('a');
    expect(bench.began).toEqual(['a', 'a']);
    expect(bench.queue.size).toBe(0);
  });

  it('runs different keys side by side, up to its bound', async () => {
    const bench = new Bench(2);
    for (const key of ['a', 'b', 'c']) bench.queue.add(key);
    await turn();
    expect(bench.began).toEqual(['a', 'b']);
    await bench.end('a');
    expect(bench.began).toEqual(['a', 'b', 'c']);
  });

  it('comes back after the time a run asked for, unless something happens before', async () => {
    const bench = new Bench();
    bench.queue.add('a');
    await turn();
    await bench.end('a', { ok: true, againMs: 500 });
    bench.clock.advance(499);
    await turn();
    expect(bench.began).toHaveLength(1);
    bench.clock.advance(1);
    await turn();
    expect(bench.began).toHaveLength(2);
    await bench.end('a', { ok: true, againMs: 500 });
    bench.queue.add('a');
    await turn();
    expect(bench.began).toHaveLength(3);
    await bench.end('a');
    expect(bench.clock.pending).toBe(0);
  });

  it('waits longer after each failure, up to a bound, and forgets them after a success', async () => {
    const bench = new Bench();
    const delays: number[] = [];
    bench.queue.add('a');
    for (let failure = 0; failure < 9; failure++) {
      await turn();
      await bench.end('a', { ok: false });
      const startedMs = bench.clock.monotonicMs();
      const runs = bench.began.length;
      while (bench.began.length === runs) {
        bench.clock.advance(50);
        await turn();
      }
      delays.push(bench.clock.monotonicMs() - startedMs);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    await bench.end('a', { ok: true, againMs: 1 });
    bench.clock.advance(1);
    await turn();
    await bench.end('a', { ok: false });
    bench.clock.advance(100);
    await turn();
    expect(bench.began).toHaveLength(12);
  });

  it('runs again when it is told to after a failure, and at once if something happens', async () => {
    const bench = new Bench();
    bench.queue.add('a');
    for (let failure = 1; failure < 9; failure++) {
      await turn();
      await bench.end('a', { ok: false, againMs: 250 });
      bench.clock.advance(249);
      await turn();
      expect(bench.began).toHaveLength(failure);
      bench.clock.advance(1);
    }
    await turn();
    await bench.end('a', { ok: false, againMs: 250 });
    bench.queue.add('a');
    await turn();
    expect(bench.began).toHaveLength(10);
  });

  it('spreads retries over the second half of their delay', async () => {
    const bench = new Bench(4, 0);
    bench.queue.add('a');
    await turn();
    await bench.end('a', { ok: false });
    bench.clock.advance(49);
    await turn();
    expect(bench.began).toHaveLength(1);
    bench.clock.advance(1);
    await turn();
    expect(bench.began).toHaveLength(2);
  });

  it('does not retry in a circle what fails and writes', async () => {
    const bench = new Bench();
    bench.queue.add('a');
    await turn();
    bench.queue.add('a');
    await bench.end('a', { ok: false });
    expect(bench.began).toHaveLength(1);
    bench.clock.advance(100);
    await turn();
    expect(bench.began).toHaveLength(2);
  });

  it('runs sixteen at a time unless it is told otherwise', async () => {
    let runs = 0;
    const run = () => {
      runs += 1;
      return new Promise<RunOutcome>(() => {});
    };
    const queue = new WorkQueue({ clock: new ManualClock(), random: () => 0, run });
    for (let n = 0; n < 20; n++) queue.add(`${n}`);
    await turn();
    expect([runs, queue.depth]).toEqual([16, 20]);
  });

  describe('what failed', () => {
    /** A key that failed so often that it waits for ten seconds. */
    const failing = async (): Promise<Bench> => {
      const bench = new Bench();
      bench.queue.add('a');
      await turn();
      for (let failure = 0; failure < 9; failure++) {
        await bench.end('a', { ok: false });
        while (bench.began.length === failure + 1) await passes(bench, 50);
      }
      await bench.end('a', { ok: false });
      bench.began.length = 0;
      return bench;
    };
    const passes = async (bench: Bench, ms: number): Promise<void> => {
      bench.clock.advance(ms);
      await turn();
    };

    it('keeps its delay however often it is visited', async () => {
      const bench = await failing();
      for (let n = 0; n < 4; n++) {
        await passes(bench, 2000);
        bench.queue.revisit('a');
        await turn();
      }
      expect(bench.began).toEqual([]);
      await passes(bench, 2000);
      expect(bench.began).toEqual(['a']);
      bench.queue.revisit('a');
      await bench.end('a');
      expect(bench.began).toEqual(['a']);
      bench.queue.revisit('a');
      await turn();
      expect(bench.began).toEqual(['a', 'a']);
    });

    it('runs sooner when something happens, but not at once', async () => {
      const bench = await failing();
      await passes(bench, 300);
      for (let n = 0; n < 3; n++) bench.queue.add('a');
      await passes(bench, 699);
      expect(bench.began).toEqual([]);
      await passes(bench, 1);
      expect(bench.began).toEqual(['a']);
      await bench.end('a', { ok: false });
      await passes(bench, 5000);
      bench.queue.add('a');
      await turn();
      expect(bench.began).toEqual(['a', 'a']);
    });

    it('runs soon when something happened while it failed', async () => {
      const bench = await failing();
      await passes(bench, 10_000);
      bench.queue.add('a');
      await bench.end('a', { ok: false });
      await passes(bench, 999);
      expect(bench.began).toHaveLength(1);
      await passes(bench, 1);
      expect(bench.began).toHaveLength(2);
    });
  });

  it('stops: what runs ends, nothing begins', async () => {
    const bench = new Bench(1);
    bench.queue.add('a');
    bench.queue.add('b');
    await turn();
    let stopped = false;
    const stopping = bench.queue.stop().then(() => {
      stopped = true;
    });
    await turn();
    expect(stopped).toBe(false);
    await bench.end('a', { ok: false });
    await stopping;
    bench.queue.add('c');
    await turn();
    expect(bench.began).toEqual(['a']);
    expect(bench.clock.pending).toBe(0);
  });
});
