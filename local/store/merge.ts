/** JSON values as the Kubernetes API knows them; lists are one value, never merged. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * What server-side apply makes of `live` when a manager that named `before` the last time now names `wanted`:
 * named fields get their value, fields that are named no more go, unless another manager names them too.
 */
export function mergeApplied(
  live: JsonObject,
  before: JsonObject,
  wanted: JsonObject,
  others: readonly JsonObject[],
): JsonObject {
  const merged: Record<string, Json> = { ...live };
  for (const [key, value] of Object.entries(wanted)) {
    merged[key] = isObject(value)
      ? mergeApplied(part(live, key), part(before, key), value, parts(others, key))
      : value;
  }
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(wanted, key)) continue;
    const naming = others.filter((other) => Object.hasOwn(other, key));
    if (naming.length === 0) {
      const rest = unnamed(live[key], before[key]);
      if (rest === undefined) delete merged[key];
      else merged[key] = rest;
    } else if (isObject(before[key])) {
      merged[key] = mergeApplied(part(live, key), part(before, key), {}, parts(naming, key));
    }
  }
  return merged;
}

/** What is left of `live` without the fields of `named`; undefined when that is nothing. */
function unnamed(live: Json | undefined, named: Json | undefined): Json | undefined {
  if (!isObject(live) || !isObject(named)) return undefined;
  const rest = mergeApplied(live, named, {}, []);
  return Object.keys(rest).length === 0 ? undefined : rest;
}

function part(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

function parts(objects: readonly JsonObject[], key: string): readonly JsonObject[] {
  return objects.map((object) => part(object, key));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
