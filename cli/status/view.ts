import type { Kinds, TopicClusterStatus } from '../../operator/index.ts';
import type { State } from './state.ts';

export interface MemberRow {
  readonly name: string;
  readonly role: string;
  readonly restarts: number;
  /** A process id, or the name of a node; undefined: it is nowhere. */
  readonly place: string | undefined;
  /** host:port that the other side dials. */
  readonly address: string | undefined;
  /** undefined: it has none, or none is known. */
  readonly image?: string | undefined;
  /** Since 1970; undefined: it isn't known. */
  readonly createdMs?: number | undefined;
  readonly ready: boolean;
  /** Why it isn't ready. */
  readonly reason: string;
}

/** A cluster as one screen shows it, wherever it runs. */
export interface ClusterView {
  readonly cluster: Omit<Kinds['TopicCluster'], 'status'> & {
    readonly status?: TopicClusterStatus;
  };
  readonly state: State;
  /** Since 1970; undefined: it isn't known. */
  readonly createdMs?: number | undefined;
  readonly endpoint: string;
  /** What a person should know or do, a sentence each. */
  readonly hints: readonly string[];
  /** Where it runs: what and where. */
  readonly facts: readonly (readonly [string, string])[];
  /** What `place` is. */
  readonly placeTitle: 'PID' | 'NODE';
  readonly members: readonly MemberRow[];
}
