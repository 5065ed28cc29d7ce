import { apiVersion, kind } from '../names.ts';
import { resolve } from './defaults.ts';
import { metadataSchema, specSchema } from './schema.ts';
import { type Problem, problemsOf, unknownField } from './validate.ts';
import { described, isAbsent, isObject } from './value.ts';

/** What Kubernetes writes into objects: let through, so that what it prints can be read again. */
const foreignMetadata = [
  'annotations',
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'finalizers',
  'generateName',
  'generation',
  'labels',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
];

const topLevel = ['apiVersion', 'kind', 'metadata', 'spec'];

/** What is wrong with a whole TopicCluster as it stands in a file. */
export function documentProblems(value: unknown): Problem[] {
  if (!isObject(value)) {
    return [{ path: [], message: `must be a ${kind}, is ${described(value)}` }];
  }
  const unknown = Object.keys(value).filter(
    (name) => name !== 'status' && !topLevel.includes(name),
  );
  return [
    ...unknown.map((name): Problem => {
      return { path: [name], message: unknownField(name, topLevel), atKey: true };
    }),
    ...constantProblems('apiVersion', value['apiVersion'], apiVersion),
    ...constantProblems('kind', value['kind'], kind),
    ...metadataProblems(value['metadata']),
    ...stringMapProblems(value, 'labels'),
    ...stringMapProblems(value, 'annotations'),
    ...problemsOf(specSchema, value['spec'], ['spec']),
  ];
}

/** Name, namespace, labels and annotations of a document without problems. */
export function documentMetadata(value: unknown): {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
} {
  const metadata = isObject(value) ? value['metadata'] : undefined;
  const { labels, annotations } = (isObject(metadata) ? metadata : {}) as StringMaps;
  return {
    ...resolve(metadataSchema, metadata),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
  };
}

interface StringMaps {
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly annotations?: Readonly<Record<string, string>> | null;
}

function constantProblems(name: string, value: unknown, wanted: string): Problem[] {
  if (value === wanted) return [];
  const is = isAbsent(value) ? 'is missing' : `is ${described(value)}`;
  return [{ path: [name], message: `must be ${wanted}, ${is}` }];
}

function metadataProblems(metadata: unknown): Problem[] {
  if (!isObject(metadata)) return problemsOf(metadataSchema, metadata, ['metadata']);
  const ours = Object.entries(metadata).filter(([name]) => !foreignMetadata.includes(name));
  return problemsOf(metadataSchema, Object.fromEntries(ours), ['metadata']);
}

function stringMapProblems(document: Readonly<Record<string, unknown>>, name: string): Problem[] {
  const metadata = document['metadata'];
  const map = isObject(metadata) ? metadata[name] : undefined;
  if (isAbsent(map)) return [];
  const path = ['metadata', name];
  if (!isObject(map)) return [{ path, message: `must be an object, is ${described(map)}` }];
  return Object.entries(map)
    .filter(([, value]) => typeof value !== 'string')
    .map(([key, value]) => ({
      path: [...path, key],
      message: `must be text, is ${described(value)}`,
    }));
}
