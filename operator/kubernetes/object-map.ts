import type { KubeObject } from '../store.ts';

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Objects of one kind by name, each in the newest version that was seen. Versions of one kind are numbers that grow
 * with every write, as Kubernetes promises since 1.35; a version that is no number counts as newer.
 */
export class ObjectMap<T extends KubeObject> {
  /** By namespace, then by name. */
  readonly #objects = new Map<string, Map<string, T>>();
  /** Up to here, every write was seen. */
  #seen = '0';

  get size(): number {
    let size = 0;
    for (const names of this.#objects.values()) size += names.size;
    return size;
  }

  /** @param namespace undefined: all. */
  list(namespace: string | undefined): readonly T[] {
    if (namespace !== undefined) return [...(this.#objects.get(namespace)?.values() ?? [])];
    return [...this.#objects.values()].flatMap((names) => [...names.values()]);
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(namespace)?.get(name);
  }

  /** These are all, as of the version. Returns what is different from before. */
  replace(objects: readonly T[], version: string): readonly ObjectName[] {
    const before = new Map(this.list(undefined).map((object) => [keyOf(object), object]));
    this.#objects.clear();
    const changed: ObjectName[] = [];
    for (const object of objects) {
      const old = before.get(keyOf(object));
      before.delete(keyOf(object));
      // A write of our own may be newer than the list.
      const newest = old && isNewer(old, version) ? old : object;
      this.#set(newest);
      if (!old || !isSame(old, newest)) changed.push(nameOf(object));
    }
    for (const gone of before.values()) {
      if (isNewer(gone, version)) this.#set(gone);
      else changed.push(nameOf(gone));
    }
    this.#seen = version;
    return changed;
  }

  /** From the watch. */
  put(object: T): void {
    this.passed(versionOf(object));
    const held = this.get(object.metadata.namespace, object.metadata.name);
    if (!held || !isNewer(held, versionOf(object))) this.#set(object);
  }

  /** From the watch; the object as it was last. */
  remove(object: T): void {
    this.passed(versionOf(object));
    const { namespace, name } = object.metadata;
    const held = this.get(namespace, name);
    if (held && !isNewer(held, versionOf(object))) this.#objects.get(namespace)?.delete(name);
  }

  /** The watch has told of everything up to this version. */
  passed(version: string): void {
    if (compare(version, this.#seen) > 0) this.#seen = version;
  }

  /** From a write's answer: taken only if the watch hasn't passed it, else what came after it would be undone. */
  absorb(object: T): void {
    if (compare(versionOf(object), this.#seen) <= 0) return;
    const held = this.get(object.metadata.namespace, object.metadata.name);
    if (!held || !isNewer(held, versionOf(object))) this.#set(object);
  }

  #set(object: T): void {
    const { namespace, name } = object.metadata;
    let names = this.#objects.get(namespace);
    if (!names) {
      names = new Map();
      this.#objects.set(namespace, names);
    }
    names.set(name, object);
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}

function nameOf({ metadata: { namespace, name } }: KubeObject): ObjectName {
  return { namespace, name };
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '0';
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && versionOf(a) === versionOf(b);
}

function isNewer(object: KubeObject, version: string): boolean {
  return compare(versionOf(object), version) > 0;
}

/** Above 0: `a` is newer. */
function compare(a: string, b: string): number {
  const digits = /^[0-9]+$/;
  if (!digits.test(a) || !digits.test(b)) return a === b ? 0 : 1;
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;
}
