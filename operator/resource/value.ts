export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message: bounded, on one line. */
export function described(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = typeof value === 'string' ? value : String(value as number | boolean);
  const bounded = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return typeof value === 'string' ? JSON.stringify(bounded) : bounded;
}
