import type { Condition } from '../resource/index.ts';

/** The conditions that a status of the store holds, by type; what isn't a condition is passed over. */
export function previousConditions(status: unknown): ReadonlyMap<string, Partial<Condition>> {
  const conditions = (status as { conditions?: unknown } | null | undefined)?.conditions;
  if (!Array.isArray(conditions)) return new Map();
  const known = conditions.filter((condition: unknown): condition is Partial<Condition> => {
    return typeof condition === 'object' && condition !== null && 'type' in condition;
  });
  return new Map(known.map((condition) => [String(condition.type), condition]));
}
