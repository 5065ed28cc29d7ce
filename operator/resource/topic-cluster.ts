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
export function resolveTopicCluster({ metadata, spec }: Kinds['TopicCluster']): ResolveResult {
  const ofSpec = resolveSpec(spec);
  const ofName = problemsOf(metadataSchema.fields.name, metadata.name, ['metadata', 'name']);
  const problems = [...ofName, ...ofSpec.problems];
  return problems.length === 0 && ofSpec.resolved
    ? { ok: true, cluster: { apiVersion, kind, metadata, spec: ofSpec.resolved } }
    : { ok: false, problems: problems.map(formatProblem) };
}

interface SpecResult {
  readonly problems: readonly Problem[];
  /** undefined: it has problems. */
  readonly resolved: TopicClusterSpec | undefined;
}

/** By spec: a store hands out the same one, which nobody changes, at every look until it is written again. */
const specResults = new WeakMap<object, SpecResult>();

/** The same result for the same object. */
function resolveSpec(spec: unknown): SpecResult {
  const key = typeof spec === 'object' && spec !== null ? spec : undefined;
  const known = key && specResults.get(key);
  if (known) return known;
  const problems = problemsOf(specSchema, spec, ['spec']);
  const resolved = problems.length === 0 ? resolve(specSchema, spec) : undefined;
  const result = { problems, resolved };
  if (key) specResults.set(key, result);
  return result;
}

/** @param spec one without problems. */
export function checkedTopicCluster(metadata: Metadata, spec: unknown): TopicCluster {
  return { apiVersion, kind, metadata, spec: resolve(specSchema, spec) };
}

/** `spec.router.replicas: must be between 1 and 100, is 0` */
export function formatProblem({ path, message }: Problem): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
