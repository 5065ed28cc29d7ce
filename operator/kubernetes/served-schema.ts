import { specSchema, statusSchema } from '../resource/index.ts';
import type { KubernetesApi } from './api.ts';
import { hasCode } from './errors.ts';

/** The part of OpenAPI's schema objects that is looked at. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly 'x-kubernetes-group-version-kind'?: readonly { readonly kind?: string }[];
}

interface Document {
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

export type ServedSchema =
  | { readonly kind: 'fits' }
  /** The kind isn't served. */
  | { readonly kind: 'missing' }
  /** It is, but without these. */
  | { readonly kind: 'lacks'; readonly what: readonly string[] }
  /** The server doesn't let us look. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Asks the API server for the TopicCluster it serves; every account may. Rejects when there is no answer. */
export async function readServedSchema(api: KubernetesApi): Promise<ServedSchema> {
  try {
    const document = await api.request<Document>({
      verb: 'get',
      resource: 'openapi',
      path: '/openapi/v3/apis/topicplane.dev/v1alpha1',
    });
    return judgeServedSchema(document);
  } catch (error) {
    if (hasCode(error, 'not-found')) return { kind: 'missing' };
    if (hasCode(error, 'forbidden')) return { kind: 'unknown', why: (error as Error).message };
    throw error;
  }
}

/** A server drops the fields it doesn't know: what an older definition lacks would be lost without a word. */
export function judgeServedSchema(document: Document): ServedSchema {
  const served = Object.values(document.components?.schemas ?? {}).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some(({ kind }) => kind === 'TopicCluster'),
  );
  if (!served) return { kind: 'missing' };
  const { spec, status } = served.properties ?? {};
  const lacks = [
    ...lackingFields(specSchema, spec, 'spec'),
    ...lackingFields(statusSchema, status, 'status'),
  ];
  const paths = Object.keys(document.paths ?? {});
  if (!paths.some((path) => path.endsWith('/topicclusters/{name}/status'))) {
    lacks.push('the status subresource');
  }
  return lacks.length > 0 ? { kind: 'lacks', what: lacks } : { kind: 'fits' };
}

interface Wanted {
  readonly type: string;
  readonly fields?: Readonly<Record<string, Wanted>>;
  readonly items?: Wanted;
}

function lackingFields(wanted: Wanted, served: Schema | undefined, path: string): string[] {
  if (!served) return [path];
  if (wanted.type === 'list' && wanted.items) {
    return lackingFields(wanted.items, served.items, `${path}[]`);
  }
  return Object.entries(wanted.fields ?? {}).flatMap(([name, field]) =>
    lackingFields(field, served.properties?.[name], `${path}.${name}`),
  );
}
