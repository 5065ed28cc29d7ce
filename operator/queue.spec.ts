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
