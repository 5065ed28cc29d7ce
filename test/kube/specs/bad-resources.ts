/** A TopicCluster that nobody may accept. */
export interface BadResource {
  /** Goes on from "it refuses". */
  readonly what: string;
  /** The name of the cluster; default `demo`. */
  readonly name?: string;
  /** As it stands below `spec:` in the file, as JSON. */
  readonly spec: unknown;
  /** Part of what `kubectl apply` says. */
  readonly says: string;
  /** Part of what the same file is told by `topicplane local`, when that is worded otherwise. */
  readonly fileSays?: string;
}

/** The file of a bad resource. JSON is YAML. */
export function textOf({ name = 'demo', spec }: BadResource): string {
  const head = { apiVersion: 'topicplane.dev/v1alpha1', kind: 'TopicCluster', metadata: { name } };
  return `${JSON.stringify({ ...head, spec }, undefined, 2)}\n`;
}

const router = (fields: object) => ({ router: fields });
const tolerate = (toleration: object) => router({ tolerations: [toleration] });

export const badResources: readonly BadResource[] = [
  {
    what: 'a name that is too long for the names of its objects',
    name: 'a'.repeat(41),
    spec: {},
    says: 'metadata.name: must be at most 40 characters long',
  },
  {
    what: 'a name that is none of a Service',
    name: '1demo',
    spec: {},
    says: 'metadata.name: must be lower-case letters, digits and "-", beginning with a letter',
  },
  {
    what: 'a name that would clash with the objects of another cluster',
    name: 'demo-router',
    spec: {},
    says: 'metadata.name: must not end in "-router" or "-storage": another cluster may have objects of that name',
  },
  {
    what: 'a field that does not exist',
    spec: { router: { replica: 3 } },
    says: 'unknown field "spec.router.replica"',
    fileSays: 'spec.router.replica: unknown field; did you mean replicas?',
  },
  {
    what: 'no router at all',
    spec: { router: { replicas: 0 } },
    says: 'spec.router.replicas in body should be greater than or equal to 1',
    fileSays: 'spec.router.replicas: must be between 1 and 1000, is 0',
  },
  {
    what: 'more storage nodes than a ring is sane with',
    spec: { storage: { replicas: 201 } },
    says: 'spec.storage.replicas in body should be less than or equal to 200',
    fileSays: 'spec.storage.replicas: must be between 1 and 200, is 201',
  },
  {
    what: 'a tier that may have fewer members than it must',
    spec: { scaling: { router: { min: 4, max: 3 } } },
    says: 'spec.scaling.router.max: Invalid value',
    fileSays: 'spec.scaling.router.max: must be at least min',
  },
  {
    what: 'a Prometheus that is nowhere',
    spec: { scaling: { source: 'Prometheus', storage: { max: 3 } } },
    says: 'is needed when the source is Prometheus',
    fileSays: 'spec.scaling.prometheus.url: is needed when the source is Prometheus',
  },
  {
    what: 'a bearer token for all to read',
    spec: {
      scaling: { prometheus: { url: 'http://prometheus:9090', bearerTokenSecret: { name: 'p' } } },
    },
    says: 'must begin with https:// when there is a bearer token',
    fileSays: 'spec.scaling.prometheus.url: must begin with https:// when there is a bearer token',
  },
  {
    what: 'a Prometheus with a password in its address',
    spec: { scaling: { prometheus: { url: 'http://me:secret@prometheus:9090' } } },
    says: 'must be a URL that begins with http:// or https://, without user and password',
    fileSays: 'spec.scaling.prometheus.url: must be a URL that begins with http:// or https://',
  },
  {
    what: 'a tier of spare members alone',
    spec: { scaling: { router: { max: 3, spare: 3 } } },
    says: 'must be less than max',
    fileSays: 'spec.scaling.router.spare: must be less than max',
  },
  {
    what: 'no spare member',
    spec: { scaling: { router: { max: 3, spare: 0 } } },
    says: 'spec.scaling.router.spare in body should be greater than or equal to 1',
    fileSays: 'spec.scaling.router.spare: must be between 1 and 10, is 0',
  },
  {
    what: 'a number in quotes',
    spec: { router: { replicas: '3' } },
    says: 'spec.router.replicas in body must be of type integer: "string"',
    fileSays: 'spec.router.replicas: must be a whole number, is "3"',
  },
  {
    what: 'half a router',
    spec: { router: { replicas: 1.5 } },
    says: 'spec.router.replicas in body must be of type integer: "number"',
    fileSays: 'spec.router.replicas: must be a whole number, is 1.5',
  },
  {
    what: 'two caches of one name',
    spec: { caches: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] },
    says: 'spec.caches[2]: Duplicate value: {"name":"a"}',
    fileSays: 'spec.caches[2].name: "a" is already the name of spec.caches[0]',
  },
  {
    what: 'a cache without a name',
    spec: { caches: [{ limits: { subscriptions: 3 } }] },
    says: 'spec.caches[0].name: Required value',
    fileSays: 'spec.caches[0].name: is missing',
  },
  {
    what: 'a cache with an empty name',
    spec: { caches: [{ name: '' }] },
    says: 'cache name is empty',
  },
  {
    what: 'a cache whose name holds a control character',
    spec: { caches: [{ name: 'a\u0007' }] },
    says: 'cache name holds a control character',
    fileSays: 'cache name holds the control character U+0007 at 1',
  },
  {
    what: 'a cache whose name nobody can see',
    spec: { caches: [{ name: ' \u00a0\ufeff' }] },
    says: 'cache name is only white space',
  },
  {
    what: 'a cache name of too many bytes, though not of too many characters',
    spec: { caches: [{ name: 'é'.repeat(65) }] },
    says: 'cache name is longer than 128 bytes',
  },
  {
    what: 'a limit below zero',
    spec: { limits: { publishesPerSecond: -1 } },
    says: 'spec.limits.publishesPerSecond in body should be greater than or equal to 0',
    fileSays: 'spec.limits.publishesPerSecond: must be between 0 and 10000000, is -1',
  },
  {
    what: 'messages beyond what is sane',
    spec: { limits: { messageBytes: 8_388_609 } },
    says: 'spec.limits.messageBytes in body should be less than or equal to 8388608',
    fileSays: 'spec.limits.messageBytes: must be between 1 and 8388608, is 8388609',
  },
  {
    what: 'a history that the largest message does not fit into',
    spec: { limits: { messageBytes: 2_097_152 } },
    says: 'must be at least limits.messageBytes: the largest items could not be kept',
  },
  {
    what: 'a choice that is none',
    spec: { stream: { resumeZero: 'latest' } },
    says: 'spec.stream.resumeZero: Unsupported value: "latest": supported values: "nothing", "newest"',
    fileSays: 'spec.stream.resumeZero: must be nothing or newest, is "latest"',
  },
  {
    what: 'an image with white space',
    spec: { image: 'registry.example/topic plane:1' },
    says: 'must be an image reference without white space',
  },
  {
    what: 'a pull policy that is none',
    spec: { imagePullPolicy: 'Sometimes' },
    says: 'spec.imagePullPolicy: Unsupported value: "Sometimes"',
    fileSays: 'spec.imagePullPolicy: must be Always or IfNotPresent or Never, is "Sometimes"',
  },
  {
    what: 'an amount that is none',
    spec: router({ resources: { limits: { memory: '1 GB' } } }),
    says: 'must be an amount such as 500m, 2 or 1Gi',
  },
  {
    what: 'thousandths of a byte, where millions were meant',
    spec: router({ resources: { limits: { memory: '512m' } } }),
    says: 'must be between 64Mi and 1Ti',
  },
  {
    what: 'a request beyond its limit',
    spec: router({ resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }),
    says: 'must be at most limits.memory',
  },
  {
    what: 'a request of processors beyond its limit, in another unit',
    spec: { storage: { resources: { requests: { cpu: 2 }, limits: { cpu: '1500m' } } } },
    says: 'must be at most limits.cpu',
  },
  {
    what: 'a node label that no node can have',
    spec: router({ nodeSelector: { 'disk type': 'ssd' } }),
    says: 'must be named by a label name such as disktype or topology.kubernetes.io/zone',
  },
  {
    what: 'a toleration of nothing',
    spec: tolerate({ value: 'x' }),
    says: 'is needed, unless the operator is Exists',
  },
  {
    what: 'a toleration of any value that names one',
    spec: tolerate({ key: 'a', operator: 'Exists', value: 'x' }),
    says: 'must be left out when the operator is Exists',
  },
  {
    what: 'seconds on a taint that evicts nobody',
    spec: tolerate({ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 3 }),
    says: 'must be left out unless the effect is NoExecute',
  },
  {
    what: 'text in place of a section',
    spec: { router: 'three' },
    says: 'spec.router in body must be of type object: "string"',
    fileSays: 'spec.router: must be an object, is "three"',
  },
];
