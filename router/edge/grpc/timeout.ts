const unitMs: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Reads `grpc-timeout` (gRPC over HTTP/2: at most 8 digits and a unit).
 * @returns milliseconds, possibly a fraction; `undefined`: not a timeout
 */
export function parseTimeout(text: string): number | undefined {
  const [, digits, unit] = /^([0-9]{1,8})([HMSmun])$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return Number(digits) * (unitMs[unit] as number);
}

/**
 * How long a stream with this timeout lives before the edge ends it: `marginMs` less, but at least half of it.
 */
export function streamLifeMs(timeoutMs: number, marginMs: number): number {
  return timeoutMs - Math.min(marginMs, timeoutMs / 2);
}
