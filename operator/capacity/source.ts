import type { Component } from '../names.ts';
import type { Reading } from '../scale/index.ts';

/** Whose load is to be read, and where. */
export interface CapacityWant {
  /** Of the TopicCluster. */
  readonly namespace: string;
  readonly name: string;
  readonly tier: Component;
  readonly prometheus: PrometheusWant;
  /** From one look to the next. */
  readonly intervalMs: number;
}

export interface PrometheusWant {
  /** What stands before `/api/v1`. */
  readonly url: string;
  /** Undefined: no credentials are sent. */
  readonly bearerTokenSecret?: SecretKey | undefined;
  /** The only authority that is trusted, as PEM. Undefined: those that Node trusts. */
  readonly caSecret?: SecretKey | undefined;
}

/** A key of a Secret in the namespace of the cluster. */
export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

export interface CapacitySource {
  /** Never rejects: what can't be read is a reading that says why, without secrets. */
  read(want: CapacityWant, signal?: AbortSignal): Promise<Reading>;
}
