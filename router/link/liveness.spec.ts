import { describe, expect, it } from 'vitest';
import { checkLiveness } from './liveness.ts';

const rules = { heartbeatMs: 200, silenceMsMax: 900, lateMsMax: 250 };
const state = (sentMs: number, heardMs: number, checkedMs: number) => ({
  sentMs,
  heardMs,
  checkedMs,
});

describe('a link', () => {
  it('says nothing while it has just spoken and its peer too', () => {
    expect(checkLiveness(rules, state(950, 950, 900), 1000, 100)).toBe('nothing');
  });

  it('sends a heartbeat when it was silent', () => {
    expect(checkLiveness(rules, state(800, 950, 900), 1000, 100)).toBe('send heartbeat');
  });

  it('counts a peer as dead within a second of silence', () => {
    expect(checkLiveness(rules, state(950, 100, 900), 1000, 100)).toBe('nothing');
    expect(checkLiveness(rules, state(950, 99, 900), 1000, 100)).toBe('dead');
  });

  it('gives the peer time when it slept itself', () => {
    const slept = state(100, 100, 100);
    expect(checkLiveness(rules, slept, 5_000, 100)).toBe('send heartbeat');
    expect(checkLiveness(rules, slept, 5_100, 100)).toBe('send heartbeat');
    expect(checkLiveness(rules, { ...slept, heardMs: slept.heardMs }, 5_750, 600)).toBe('dead');
  });
});
