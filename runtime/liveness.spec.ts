import { describe, expect, it } from 'vitest';
import { Liveness } from './liveness.ts';

const TICK_MS = 100;
const rules = { linkHeartbeatMs: 200, linkSilenceMsMax: 900, linkLateMsMax: 250 };

function ticks(liveness: Liveness, fromMs: number, untilMs: number): string[] {
  const verdicts: string[] = [];
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += TICK_MS) verdicts.push(liveness.tick(nowMs));
  return verdicts;
}

describe('liveness', () => {
  it('asks for a heartbeat when nothing was sent for 200 ms', () => {
    const liveness = new Liveness(rules, TICK_MS, 0);
    expect(ticks(liveness, 100, 200)).toEqual(['quiet', 'heartbeat']);
    liveness.sent(200);
    expect(ticks(liveness, 300, 400)).toEqual(['quiet', 'heartbeat']);
  });

  it('says dead when nothing was heard for 900 ms, not before', () => {
    const liveness = new Liveness(rules, TICK_MS, 0);
    expect(ticks(liveness, 100, 800)).not.toContain('dead');
    expect(liveness.tick(900)).toBe('dead');
  });

  it('counts from what was heard last', () => {
    const liveness = new Liveness(rules, TICK_MS, 0);
    ticks(liveness, 100, 800);
    liveness.heard(850);
    expect(ticks(liveness, 900, 1700)).not.toContain('dead');
    expect(liveness.tick(1800)).toBe('dead');
  });

  it('gives one more period after this process stood still', () => {
    const liveness = new Liveness(rules, TICK_MS, 0);
    ticks(liveness, 100, 500);
    expect(liveness.tick(2000)).not.toBe('dead');
    expect(ticks(liveness, 2100, 2800)).not.toContain('dead');
    expect(liveness.tick(2900)).toBe('dead');
  });

  it('takes a tick that is a little late as it is', () => {
    const liveness = new Liveness(rules, TICK_MS, 0);
    ticks(liveness, 100, 700);
    expect(liveness.tick(1000)).toBe('dead');
  });
});
