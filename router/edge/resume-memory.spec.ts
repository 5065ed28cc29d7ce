import { beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../h2/index.ts';
import { ManualClock } from '../../runtime/index.ts';
import { DeadlineWheel } from './deadlines.ts';
import { ResumeMemory } from './resume-memory.ts';

const topic = { cache: 'cache', topic: 'orders' };
const other = { cache: 'cache', topic: 'other' };

let clock: ManualClock;
let wheel: DeadlineWheel;
let memory: ResumeMemory;

beforeEach(() => {
  clock = new ManualClock();
  wheel = new DeadlineWheel(clock, 25);
  memory = new ResumeMemory(wheel, 10_000, 3);
});

const at = (sequence: number): { page: number; sequence: number } => ({ page: 7, sequence });

function connection(id: number): Connection {
  return { id, remote: '', exchanges: 0, goaway() {}, close() {} };
}

describe('a remembered position', () => {
  const here = connection(1);

  it('is good for one return', () => {
    memory.remember(here, topic, at(5));
    expect(memory.take(here, topic)).toEqual(at(5));
    expect(memory.take(here, topic)).toBeUndefined();
  });

  it('is kept for each stream of a topic, and given out in their order', () => {
    memory.remember(here, topic, at(5));
    memory.remember(here, topic, at(6));
    expect([memory.take(here, topic), memory.take(here, topic)]).toEqual([at(5), at(6)]);
  });

  it('belongs to its topic and its connection', () => {
    memory.remember(here, topic, at(5));
    expect(memory.take(here, other)).toBeUndefined();
    expect(memory.take(here, { cache: 'another', topic: 'orders' })).toBeUndefined();
    expect(memory.take(connection(2), topic)).toBeUndefined();
    expect(memory.take(here, topic)).toEqual(at(5));
  });

  it('is forgotten in time, and leaves nothing behind', () => {
    memory.remember(here, topic, at(5));
    clock.advance(9_900);
    memory.remember(here, other, at(6));
    clock.advance(200);
    expect(memory.take(here, topic)).toBeUndefined();
    expect(memory.take(here, other)).toEqual(at(6));
    expect([memory.connections, wheel.size, clock.pending]).toEqual([0, 0, 0]);
  });

  it('goes with its connection', () => {
    memory.remember(here, topic, at(5));
    memory.forget(here);
    expect(memory.take(here, topic)).toBeUndefined();
    expect([memory.connections, wheel.size]).toEqual([0, 0]);
  });

  it('makes room when there are too many: the oldest goes', () => {
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      memory.remember(here, topic, at(sequence));
    }
    expect(wheel.size).toBe(3);
    expect(memory.take(here, topic)).toEqual(at(2));
  });
});
