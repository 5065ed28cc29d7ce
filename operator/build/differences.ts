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

/** Maps that are one value to a store, by name: what others put beside ours is a difference. */
const wholeMaps: ReadonlySet<string> = new Set(['labelSelector', 'nodeSelector', 'selector']);

/**
 * Where `actual` isn't as `desired` says, one line each: `spec.replicas: 2 -> 3`. Fields, and items of lists that are
 * merged, that `desired` doesn't name are no difference: the store, its defaults and other managers may have set them.
 */
export function differences(desired: unknown, actual: unknown, path = ''): string[] {
  return compared(desired, actual, path, false);
}

/** @param isWhole it is in a map that is one value: what `desired` doesn't name is a difference too. */
function compared(desired: unknown, actual: unknown, path: string, isWhole: boolean): string[] {
  const field = path.slice(path.lastIndexOf('.') + 1);
  if (Array.isArray(desired) && Array.isArray(actual)) {
    const keys = Object.hasOwn(itemKeys, field) ? itemKeys[field] : undefined;
    return keys ? mergedItems(desired, actual, path, keys) : items(desired, actual, path, isWhole);
  }
  if (isRecord(desired) && isRecord(actual)) {
    const whole = isWhole || wholeMaps.has(field);
    const named = Object.keys(desired).filter((name) => desired[name] !== undefined);
    const others = whole ? Object.keys(actual).filter((name) => !named.includes(name)) : [];
    return [...named, ...others].flatMap((name) => {
      const at = path === '' ? name : `${path}.${name}`;
      return compared(ownOf(desired, name), ownOf(actual, name), at, whole);
    });
  }
  return Object.is(desired, actual) ? [] : [`${path}: ${shown(actual)} -> ${shown(desired)}`];
}

function items(
  desired: readonly unknown[],
  actual: readonly unknown[],
  path: string,
  isWhole: boolean,
): string[] {
  if (desired.length !== actual.length) {
    return [`${path}: ${desired.length} items instead of ${actual.length}`];
  }
  return desired.flatMap((item, index) =>
    compared(item, actual[index], `${path}[${index}]`, isWhole),
  );
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
    return compared(item, same, `${path}[${index}]`, false);
  });
}

function fieldOf(item: unknown, name: string): unknown {
  return isRecord(item) ? item[name] : undefined;
}

function ownOf(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? '...' : text;
}
