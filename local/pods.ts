import type { PodStore } from './kubelet/index.ts';
import type { MemoryStore } from './store/index.ts';

/** The pods of one namespace of the store, for the kubelet. */
export function podsOf(store: MemoryStore, namespace: string): PodStore {
  return {
    list: () => store.list('Pod', namespace),
    watch: (onChange) =>
      store.watch(({ kind }) => {
        if (kind === 'Pod') onChange();
      }),
    async report(pod, { status, annotations }) {
      const { apiVersion, kind, spec, metadata } = pod;
      const { name, uid } = metadata;
      const current = await store.get('Pod', namespace, name);
      if (current?.metadata.uid !== uid) return;
      await store.apply(
        'Pod',
        { apiVersion, kind, metadata: { name, namespace, annotations }, spec },
        'kubelet',
      );
      await store.setStatus('Pod', namespace, name, status);
    },
    remove: (pod) => store.remove('Pod', namespace, pod.metadata.name),
  };
}
