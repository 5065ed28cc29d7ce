/**
 * Where `actual` isn't as `desired` says, one line each: `spec.replicas: 2 -> 3`. Fields that `desired` doesn't name
 * are no difference: the store, its defaults and other managers may have set them.
 */
export function differences(desired: unknown, actual: unknown, path = ''): string[] {
  if (Array.isArray(desired) && Array.isArray(actual)) {
    if (desired.length !== actual.length) {
      return [`${path}: ${desired.length} items instead of ${actual.length}`];
    }
    return desired.flatMap((item, index) => differences(item, actual[index], `${path}[${index}]`));
  }
  if (isRecord(desired) && isRecord(actual)) {
    return Object.entries(desired)
      .filter(([, value]) => value !== undefined)
      .flatMap(([name, value]) => {
        const at = path === '' ? name : `${path}.${name}`;
        return differences(value, Object.hasOwn(actual, name) ? actual[name] : undefined, at);
      });
  }
  return Object.is(desired, actual) ? [] : [`${path}: ${shown(actual)} -> ${shown(desired)}`];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? '...' : text;
}
