import { apiVersion, kind } from '../names.ts';
import type { Kinds, Metadata } from '../store.ts';
import { resolve } from './defaults.ts';
import { metadataSchema, specSchema, type TopicClusterSpec } from './schema.ts';
import { formatPath, type Problem, problemsOf } from './validate.ts';

/** A TopicCluster that was checked, with every default filled in. */
export interface TopicCluster {
  readonly apiVersion: typeof apiVersion;
  readonly kind: typeof kind;
  readonly metadata: Metadata;
  readonly spec: TopicClusterSpec;
}

export type ResolveResult =
  | { readonly ok: true; readonly cluster: TopicCluster }
  /** One message each, for people. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks an object of the store, as the user wrote it, and fills in the defaults. */
export function resolveTopicCluster(object: Kinds['TopicCluster']): ResolveResult {
  const problems = [
    ...problemsOf(metadataSchema.fields.name, object.metadata.name, ['metadata', 'name']),
    ...problemsOf(specSchema, object.spec, ['spec']),
  ];
  return problems.length > 0
    ? { ok: false, problems: problems.map(formatProblem) }
    : { ok: true, cluster: checkedTopicCluster(object.metadata, object.spec) };
}

/** @param spec one without problems. */
export function checkedTopicCluster(metadata: Metadata, spec: unknown): TopicCluster {
  return { apiVersion, kind, metadata, spec: resolve(specSchema, spec) };
}

/** `spec.router.replicas: must be between 1 and 100, is 0` */
export function formatProblem({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
