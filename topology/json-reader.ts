export type JsonObject = Readonly<Record<string, unknown>>;

/** Takes values out of parsed JSON; notes what isn't as it must be and goes on with an empty value. */
export class JsonReader {
  readonly problems: string[] = [];

  object(value: unknown, path: string): JsonObject {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as JsonObject;
    }
    this.problems.push(`${path} must be an object, ${described(value)}`);
    return {};
  }

  list(from: JsonObject, field: string, path = ''): readonly unknown[] {
    const value = from[field];
    if (Array.isArray(value)) return value;
    this.problems.push(`${path}${field} must be a list, ${described(value)}`);
    return [];
  }

  text(from: JsonObject, field: string, path = ''): string {
    const value = from[field];
    if (typeof value === 'string') return value;
    this.problems.push(`${path}${field} must be text, ${described(value)}`);
    return '';
  }

  number(from: JsonObject, field: string, path = ''): number {
    const value = from[field];
    if (typeof value === 'number') return value;
    this.problems.push(`${path}${field} must be a number, ${described(value)}`);
    return 0;
  }
}

function described(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is null';
  return Array.isArray(value) ? 'is a list' : `is a ${typeof value}`;
}
