import { expect, it } from 'vitest';
import { topicClusterCrd } from '../resource/index.ts';
import { judgeServedSchema } from './served-schema.ts';

interface Schema {
  properties: Record<string, Schema>;
}

/** What a server says that has the definition of this version, changed by `change`. */
function served(change: (schema: Schema) => void = () => undefined) {
  const crd = structuredClone(topicClusterCrd()) as unknown as {
    spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
  };
  const schema = crd.spec.versions[0]?.schema.openAPIV3Schema;
  if (!schema) throw new Error('there is a version');
  change(schema);
  const marked = { ...schema, 'x-kubernetes-group-version-kind': [{ kind: 'TopicCluster' }] };
  return {
    paths: { '/apis/x/namespaces/{namespace}/topicclusters/{name}/status': {} },
    components: { schemas: { 'dev.topicplane.v1alpha1.TopicCluster': marked } },
  };
}

it('the definition of this version fits', () => {
  expect(judgeServedSchema(served())).toEqual({ kind: 'fits' });
});

it('an older definition is told by the fields that it lacks', () => {
  const older = served(({ properties: { spec, status } }) => {
    delete spec?.properties['router']?.properties['replicas'];
    delete status?.properties['topology'];
  });
  expect(judgeServedSchema({ ...older, paths: {} })).toEqual({
    kind: 'lacks',
    what: ['spec.router.replicas', 'status.topology', 'the status subresource'],
  });
});

it('a server without the kind is told apart', () => {
  expect(judgeServedSchema({})).toEqual({ kind: 'missing' });
});
