import type { Pod } from '../../operator/index.ts';

export interface PodReport {
  readonly status: NonNullable<Pod['status']>;
  /** All of the kubelet's annotations; those it reported before and leaves out go. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** The pods that one kubelet has to run, wherever they are kept. */
export interface PodStore {
  list(): Promise<readonly Pod[]>;
  /** Tells when pods may have changed. Returns how to stop. */
  watch(onChange: () => void): () => void;
  report(pod: Pod, report: PodReport): Promise<void>;
  /** The pod was marked for deletion and none of it runs any more. */
  remove(pod: Pod): Promise<void>;
}
