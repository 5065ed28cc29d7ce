/** Noise without a state: the same number from -0.5 to 0.5 for the same seed and step. */
export function noise(seed: number, step: number): number {
  let x = Math.imul(seed ^ Math.imul(step, 0x9e3779b1), 0x85ebca6b) >>> 0;
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 - 0.5;
}

/** Noise that changes within so many steps, not from one to the next. */
export function slowNoise(seed: number, step: number, steps: number): number {
  const at = Math.floor(step / steps);
  const part = step / steps - at;
  return noise(seed, at) * (1 - part) + noise(seed, at + 1) * part;
}
