import type { Behaviour, ScaleInput, TierScaling } from './decision.ts';
import type { TierLoad } from './load.ts';
import { noMemory, type ScaleMemory } from './memory.ts';

/** Since 1970, in specs. */
export const noonMs = Date.UTC(2026, 5, 1, 12);
export const intervalMs = 15_000;

export interface SpecChange extends Partial<Omit<TierScaling, 'out' | 'in'>> {
  readonly out?: Partial<Behaviour>;
  readonly in?: Partial<Behaviour>;
}

export function sampleScaling({ out, in: into, ...change }: SpecChange = {}): TierScaling {
  return {
    ...{ min: 2, max: 100, target: 0.8, spare: 1, forecast: false, oneByOne: false },
    ...change,
    out: { ...sampleBehaviour, stepMembers: 4, stepPart: 4, periodMs: 15_000, ...out },
    in: { ...sampleBehaviour, tolerance: 0.1, stabilisationMs: 180_000, ...into },
  };
}

const sampleBehaviour: Behaviour = {
  paused: false,
  tolerance: 0.05,
  stabilisationMs: 0,
  stepMembers: 1,
  stepPart: 1,
  periodMs: 60_000,
};

/** A tier whose members all carry the same. */
export function sampleLoad(load: number, serving: number, atMs = noonMs): TierLoad {
  const ratio = serving === 0 ? 0 : load / serving;
  const hottest = { member: 'demo-router-0', ratio };
  return { atMs, reporting: serving, serving, dimensions: [{ dimension: 'cpu', load, hottest }] };
}

/** Recommendations without a gap for the hour before noon. */
export function steadily(most: number): ScaleMemory {
  const sinceMs = noonMs - 3_600_000;
  const recommendations = [{ atMs: sinceMs, least: most, most }];
  return { ...noMemory, sinceMs, lastMs: noonMs - intervalMs, recommendations };
}

/** `current` members serve, and carry `load`. */
export function sampleInput(
  current: number,
  load: number,
  change: Partial<ScaleInput> = {},
): ScaleInput {
  const tier = sampleLoad(load, current, change.nowMs);
  return {
    nowMs: noonMs,
    intervalMs,
    spec: sampleScaling(),
    current,
    verdict: { kind: 'known', load: tier },
    history: [tier],
    leadMs: 80_000,
    busy: undefined,
    memory: steadily(1),
    ...change,
  };
}
