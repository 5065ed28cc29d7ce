import type { ScaleDecision, ScaleInput } from './decision.ts';
import { withStep } from './memory.ts';
import { percent, type Wish } from './wish.ts';

/** What a decision is made of, as far as it is known. */
export type Known = ScaleInput & Pick<Partial<ScaleDecision>, 'inputs' | 'recommended' | 'unknown'>;

export type Because = Pick<Wish, 'reason' | 'why'>;

export function stayed(input: Known, because: Because): ScaleDecision {
  return { ...told(input, input.current, because), memory: input.memory };
}

export function changed(input: Known, desired: number, because: Because): ScaleDecision {
  if (desired === input.current) return stayed(input, because);
  const step = { atMs: input.nowMs, from: input.current, to: desired };
  return { ...told(input, desired, because), memory: withStep(input.memory, step) };
}

function told(
  { current, spec, inputs, recommended, unknown }: Known,
  desired: number,
  { reason, why }: Because,
): Omit<ScaleDecision, 'memory'> {
  const what = desired === current ? `stays at ${desired}` : `${current} -> ${desired}`;
  const numbers = inputs
    ? ` (${percent(inputs.utilisation)} of ${inputs.dimension} in use, target ${percent(spec.target)})`
    : '';
  return { desired, reason, message: `${what}: ${why}${numbers}`, recommended, inputs, unknown };
}
