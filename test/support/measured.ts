/** Prints one measured figure for the log of a test run. Figures are reported, bounds in tests are generous. */
export function measured(what: string): void {
  console.info(`measured: ${what}`);
}

/** The value that `share` (0 to 1) of the samples don't exceed; NaN without samples. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function round(value: number, digits = 0): string {
  return value.toFixed(digits);
}
