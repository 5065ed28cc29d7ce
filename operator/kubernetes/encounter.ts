import { labelNames } from '../names.ts';
import type { KubeObject, Metadata } from '../store.ts';

/**
 * Whose an object is that stands where one was to be made.
 * - gone: it went while it was asked for
 * - watched: it carries the label by which the operator's objects are watched, so the watch will tell of it
 * - ours: the same cluster controls it, but it lost the label, so that nothing is told of it
 * - foreign: somebody else made it
 */
export type Encounter = 'gone' | 'watched' | 'ours' | 'foreign';

/** @param there as the API server has it; undefined: it has none any more. */
export function encounter(there: KubeObject | undefined, wanted: KubeObject): Encounter {
  if (!there) return 'gone';
  const { managedBy } = labelNames;
  const label = there.metadata.labels?.[managedBy];
  if (label !== undefined && label === wanted.metadata.labels?.[managedBy]) return 'watched';
  const controller = controllerOf(there.metadata);
  return controller !== undefined && controller === controllerOf(wanted.metadata)
    ? 'ours'
    : 'foreign';
}

function controllerOf({ ownerReferences = [] }: Metadata): string | undefined {
  return ownerReferences.find((reference) => reference.controller)?.uid;
}
