import { formatClusterId } from '../../topology/index.ts';
import { clusterIdIn, ownerOf } from '../build/index.ts';
import type { Component } from '../names.ts';
import type { Observed } from '../observe/index.ts';
import type { StatefulSet } from '../store.ts';

/** The StatefulSet; undefined while its pods would be made for an earlier cluster of this name. */
export function ownSet(
  { sets, resource }: Pick<Observed, 'sets' | 'resource'>,
  component: Component,
): StatefulSet | undefined {
  const set = sets[component];
  const clusterId = formatClusterId(ownerOf(resource.metadata));
  return set && clusterIdIn(set.spec.template.spec) === clusterId ? set : undefined;
}
