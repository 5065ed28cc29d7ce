import { ConflictError, type Kind, type Kinds, type ObjectStore, RefusedError } from './store.ts';

/** What became of a write of a record. `unknown`: it is under way, or failed without a word. */
export type RecordOutcome = 'unknown' | 'written' | 'not written';

/** The store, with word of what becomes of records (ConfigMaps) that are written through it. */
export function notingRecords(
  store: ObjectStore,
  note: (outcome: RecordOutcome) => void,
): ObjectStore {
  return {
    list: (kind, namespace) => store.list(kind, namespace),
    get: (kind, namespace, name) => store.get(kind, namespace, name),
    async apply<K extends Kind>(kind: K, object: Kinds[K]): Promise<Kinds[K]> {
      if (kind !== 'ConfigMap') return store.apply(kind, object);
      note('unknown');
      try {
        const applied = await store.apply(kind, object);
        note('written');
        return applied;
      } catch (error) {
        const isSaid = error instanceof ConflictError || error instanceof RefusedError;
        if (isSaid) note('not written');
        throw error;
      }
    },
    applyStatus: (...status) => store.applyStatus(...status),
    delete: (...what) => store.delete(...what),
    watch: (onChange) => store.watch(onChange),
  };
}
