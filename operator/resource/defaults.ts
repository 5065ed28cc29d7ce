import type { Field, Resolved } from './field.ts';
import { isAbsent, isObject } from './value.ts';

/** Fills in the defaults of a value that has no problems (`problemsOf`). The value isn't changed. */
export function resolve<const F extends Field>(field: F, value: unknown): Resolved<F> {
  return resolveField(field, value) as Resolved<F>;
}

function resolveField(field: Field, value: unknown): unknown {
  switch (field.type) {
    case 'integer':
    case 'boolean':
    case 'text':
      return isAbsent(value) ? field.default : value;
    case 'quantity':
    case 'map':
      return isAbsent(value) ? undefined : value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => resolveField(field.items, item)) : [];
    case 'object': {
      const object = isObject(value) ? value : (field.default ?? {});
      const entries = Object.entries(field.fields).map(([name, child]) => {
        return [name, resolveField(child, object[name])] as const;
      });
      return Object.fromEntries(entries.filter(([, resolved]) => resolved !== undefined));
    }
  }
}
