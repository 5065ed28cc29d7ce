import { randomBytes } from 'node:crypto';
import { until } from '../support/until.ts';
import type { KubeApi } from './api/index.ts';

const withinMs = 20_000;
const goneWithinMs = 60_000;

export interface Namespace {
  readonly name: string;
  /** `/api/v1/namespaces/<name>/<rest>`; with a group and version first: `/apis/<group>/namespaces/…`. */
  path(rest: string, groupVersion?: string): string;
  /** Deletes it with all that is in it, and waits until it is gone. Its pods need their kubelet for that. */
  remove(): Promise<void>;
}

/** A namespace of its own for a test, in which pods can be made. */
export async function createNamespace(api: KubeApi, prefix: string): Promise<Namespace> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`;
  await api.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  });
  const self = `/api/v1/namespaces/${name}`;
  await until(`the default ServiceAccount of ${name}`, withinMs, () =>
    api.find(`${self}/serviceaccounts/default`),
  );
  return {
    name,
    path: (rest, groupVersion) =>
      groupVersion === undefined
        ? `${self}/${rest}`
        : `/apis/${groupVersion}/namespaces/${name}/${rest}`,
    async remove() {
      await api.delete(self);
      await until(
        `the end of namespace ${name}`,
        goneWithinMs,
        async () => !(await api.find(self)),
      );
    },
  };
}
