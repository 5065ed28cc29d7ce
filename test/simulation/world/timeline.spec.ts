import { describe, expect, it } from 'vitest';
import { SimProcess } from './process.ts';
import { Random } from './random.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';

function world() {
  const timeline = new Timeline(new Trace(false));
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(`${Math.round(timeline.nowMs)} ${what}`);
  return { timeline, told, tell, until: (ms: number) => timeline.run(ms, () => false) };
}

describe('virtual time', () => {
  it('runs events in order of time, then of creation', async () => {
    const { timeline, told, tell, until } = world();
    timeline.at(5, undefined, tell('late'));
    timeline.at(2, undefined, tell('first'));
    timeline.at(2, undefined, tell('second'));
    await until(10);
    expect(told).toEqual(['2 first', '2 second', '5 late']);
    expect(timeline.nowMs).toBe(10);
  });

  it('lets promises go on between two events, however many hang on each other', async () => {
    const { timeline, told, tell, until } = world();
    timeline.at(1, undefined, () => {
      void (async () => {
        for (let step = 0; step < 50; step++) await Promise.resolve();
        tell('promised')();
      })();
    });
    timeline.at(2, undefined, tell('next'));
    await until(10);
    expect(told).toEqual(['1 promised', '2 next']);
  });

  it('keeps what comes to a process that stands still, and lets it come at once', async () => {
    const { timeline, told, tell, until } = world();
    const process = new SimProcess('p', timeline, new Random(1));
    process.clock.every(10, tell('tick'));
    timeline.at(12, process, tell('input'));
    timeline.at(5, undefined, () => process.stall());
    timeline.at(35, undefined, () => process.goOn());
    await until(46);
    expect(told).toEqual(['35 tick', '35 input', '45 tick']);
  });

  it('drops what comes to a process that has ended', async () => {
    const { timeline, told, tell, until } = world();
    const process = new SimProcess('p', timeline, new Random(1));
    process.clock.after(10, tell('timer'));
    timeline.at(5, undefined, () => process.end());
    await until(20);
    expect(told).toEqual([]);
  });
});
