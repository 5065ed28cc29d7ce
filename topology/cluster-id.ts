export interface ClusterIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** `namespace/name/uid`: a cluster that is deleted and made again under its name is another cluster. */
export function formatClusterId({ namespace, name, uid }: ClusterIdentity): string {
  return `${namespace}/${name}/${uid}`;
}

const part = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?';
const pattern = new RegExp(`^(${part})/(${part})/(${part})$`);

/** `undefined`: not of the form `namespace/name/uid`. */
export function parseClusterId(text: string): ClusterIdentity | undefined {
  const [, namespace, name, uid] = pattern.exec(text) ?? [];
  if (namespace === undefined || name === undefined || uid === undefined) return undefined;
  return { namespace, name, uid };
}

/** `namespace/name`, as metrics name the cluster; a text that is no id stays as it is. */
export function clusterLabel(text: string): string {
  const identity = parseClusterId(text);
  return identity ? `${identity.namespace}/${identity.name}` : text;
}
