import { apiVersion, kind } from '../names.ts';
import type { Metadata, OwnerReference } from '../store.ts';

/** The cluster that an object is built for; from its resource alone. */
export interface Owner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export function ownerOf({ namespace, name, uid }: Metadata): Owner {
  if (uid === undefined) throw new Error(`TopicCluster ${namespace}/${name} has no uid`);
  return { namespace, name, uid };
}

/** The object goes when its cluster goes. */
export function ownerReferences({ name, uid }: Owner): readonly OwnerReference[] {
  return [{ apiVersion, kind, name, uid, controller: true }];
}
