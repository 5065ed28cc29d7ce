import type { ObjectStore } from '../../operator/index.ts';
import { Worker } from '../worker.ts';
import { planReplicas } from './replicas.ts';

export interface StatefulSetRunner {
  stop(): Promise<void>;
}

/** Keeps the pods of every StatefulSet of a namespace as its spec says, until stopped. */
export function runStatefulSets(
  store: Pick<ObjectStore, 'list' | 'delete' | 'watch'> & {
    apply(kind: 'Pod', pod: Parameters<typeof planReplicas>[1][number], manager: string): unknown;
  },
  namespace: string,
  onError: (error: unknown) => void,
): StatefulSetRunner {
  const worker = new Worker(async () => {
    const pods = await store.list('Pod', namespace);
    for (const set of await store.list('StatefulSet', namespace)) {
      const { create, remove } = planReplicas(set, pods);
      for (const pod of create) await store.apply('Pod', pod, 'statefulset');
      for (const name of remove) await store.delete('Pod', namespace, name);
    }
  }, onError);
  const unwatch = store.watch(({ kind }) => {
    if (kind === 'StatefulSet' || kind === 'Pod') worker.wake();
  });
  worker.wake();
  return {
    async stop() {
      unwatch();
      await worker.stop();
    },
  };
}
