/**
 * Lists whose items a store tells apart by these fields, by the name of the list: what it merges item by item. Any
 * other list is one value.
 */
export const itemKeys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  env: ['name'],
  ownerReferences: ['uid'],
  ports: ['containerPort', 'port', 'protocol'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

/** What an item has that doesn't say. */
const keyDefaults: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** Whether a store takes both for the same item of a list. */
export function isSameItem(a: unknown, b: unknown, keys: readonly string[]): boolean {
  return keys.every((key) => {
    return Object.is(fieldOf(a, key) ?? keyDefaults[key], fieldOf(b, key) ?? keyDefaults[key]);
  });
}

/** Maps that are one value to a store, by name: what others put beside ours is a difference. */
const wholeMaps: ReadonlySet<string> = new Set(['labelSelector', 'nodeSelector', 'selector']);

/**
 * Where `actual` isn't as `desired` says, one line each: `spec.replicas: 2 -> 3`. Fields, and items of lists that are
 * merged, that `desired` doesn't name are no difference: the store, its defaults and other managers may have set them.
 */
export function differences(desired: unknown, actual: unknown): string[] {
  const found: string[] = [];
  new Comparison(found).compare(desired, actual, '', false);
  return found;
}

/** Says where it is only when there is something to say: most of what is compared is as it should be, every time. */
class Comparison {
  readonly #found: string[];
  /** Fields and indexes, from the outside in. */
  readonly #path: (string | number)[] = [];

  constructor(found: string[]) {
    this.#found = found;
  }

  /** @param isWhole it is in a map that is one value: what `desired` doesn't name is a difference too. */
  compare(desired: unknown, actual: unknown, field: string, isWhole: boolean): void {
    if (Object.is(desired, actual)) return;
    if (Array.isArray(desired) && Array.isArray(actual)) {
      const keys = Object.hasOwn(itemKeys, field) ? itemKeys[field] : undefined;
      if (keys) this.#mergedItems(desired, actual, keys);
      else this.#items(desired, actual, isWhole);
    } else if (isRecord(desired) && isRecord(actual)) {
      this.#fields(desired, actual, isWhole || wholeMaps.has(field));
    } else {
      this.#note(`: ${changeOf(desired, actual)}`);
    }
  }

  #fields(desired: Fields, actual: Fields, isWhole: boolean): void {
    for (const name of Object.keys(desired)) {
      if (desired[name] === undefined) continue;
      this.#at(name, desired[name], ownOf(actual, name), isWhole);
    }
    if (!isWhole) return;
    for (const name of Object.keys(actual)) {
      if (ownOf(desired, name) !== undefined) continue;
      this.#at(name, undefined, actual[name], isWhole);
    }
  }

  #items(desired: readonly unknown[], actual: readonly unknown[], isWhole: boolean): void {
    if (desired.length !== actual.length) {
      return this.#note(`: ${desired.length} items instead of ${actual.length}`);
    }
    for (const [index, item] of desired.entries()) {
      this.#at(index, item, actual[index], isWhole);
    }
  }

  #mergedItems(
    desired: readonly unknown[],
    actual: readonly unknown[],
    keys: readonly string[],
  ): void {
    for (const [index, item] of desired.entries()) {
      const same = actual.find((candidate) => isSameItem(item, candidate, keys));
      this.#at(index, item, same, false);
    }
  }

  #at(step: string | number, desired: unknown, actual: unknown, isWhole: boolean): void {
    this.#path.push(step);
    this.compare(desired, actual, typeof step === 'string' ? step : '', isWhole);
    this.#path.pop();
  }

  #note(what: string): void {
    const path = this.#path.map((step, depth) => {
      if (typeof step === 'number') return `[${step}]`;
      return depth === 0 ? step : `.${step}`;
    });
    this.#found.push(`${path.join('')}${what}`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fieldOf(item: unknown, name: string): unknown {
  return isRecord(item) ? item[name] : undefined;
}

function ownOf(record: Fields, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** For people. */
function changeOf(desired: unknown, actual: unknown): string {
  const [from, to] = [shown(actual), shown(desired)];
  if (desired === undefined) return from === undefined ? 'removed' : `${from} removed`;
  if (actual === undefined) return to === undefined ? 'added' : `${to} added`;
  return from === undefined || to === undefined ? 'changed' : `${from} -> ${to}`;
}

/** undefined: there is nothing, or too much to be shown. */
function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  return text.length > 60 ? undefined : text;
}
