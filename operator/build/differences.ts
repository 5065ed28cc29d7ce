/**
 * Lists whose items a store tells apart by these fields, by the name of the list: what it merges item by item. Any
 * other list is one value.
 */
const itemKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  env: ['name'],
  ownerReferences: ['uid'],
  ports: ['containerPort', 'port'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

/**
 * Where `actual` isn't as `desired` says, one line each: `spec.replicas: 2 -> 3`. Fields, and items of lists that are
 * merged, that `desired` doesn't name are no difference: the store, its defaults and other managers may have set them.
 */
export function differences(desired: unknown, actual: unknown, path = ''): string[] {
  if (Array.isArray(desired) && Array.isArray(actual)) {
    const list = path.slice(path.lastIndexOf('.') + 1);
    const keys = Object.hasOwn(itemKeys, list) ? itemKeys[list] : undefined;
    return keys ? mergedItems(desired, actual, path, keys) : items(desired, actual, path);
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

function items(desired: readonly unknown[], actual: readonly unknown[], path: string): string[] {
  if (desired.length !== actual.length) {
    return [`${path}: ${desired.length} items instead of ${actual.length}`];
  }
  return desired.flatMap((item, index) => differences(item, actual[index], `${path}[${index}]`));
}

function mergedItems(
  desired: readonly unknown[],
  actual: readonly unknown[],
  path: string,
  keys: readonly string[],
): string[] {
  return desired.flatMap((item, index) => {
    const same = actual.find((candidate) => {
      return keys.every((key) => Object.is(fieldOf(item, key), fieldOf(candidate, key)));
    });
    return differences(item, same, `${path}[${index}]`);
  });
}

function fieldOf(item: unknown, name: string): unknown {
  return isRecord(item) ? item[name] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? '...' : text;
}
