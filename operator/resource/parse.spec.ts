import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseTopicCluster } from './parse.ts';

const head = 'apiVersion: topicplane.dev/v1alpha1\nkind: TopicCluster\nmetadata:\n  name: demo\n';

function problems(text: string): readonly string[] {
  const result = parseTopicCluster(text, 'cluster.yaml');
  return result.ok ? [] : result.problems;
}

describe('a TopicCluster that is right', () => {
  it('has every default when it says nothing', () => {
    const result = parseTopicCluster(head, 'cluster.yaml');
    expect(result).toMatchObject({
      ok: true,
      object: { metadata: { name: 'demo', namespace: 'default' }, spec: {} },
    });
    expect(result.ok && result.cluster.spec).toEqual({
      caches: [],
      router: {
        replicas: 2,
        drainSeconds: 10,
        rebalance: true,
        capacity: {},
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '1Gi' } },
        tolerations: [],
      },
      storage: {
        replicas: 2,
        history: { items: 256, bytes: 1_048_576, ageSeconds: 120, idleSeconds: 600 },
        capacity: {},
        resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '2Gi' } },
        tolerations: [],
      },
      scaling: {
        intervalSeconds: 15,
        prometheus: { bearerTokenSecret: { key: 'token' }, caSecret: { key: 'ca.crt' } },
        router: scalingOf(100),
        storage: scalingOf(0),
      },
      limits: { messageBytes: 1_048_576, publishesPerSecond: 0, subscriptions: 0 },
      stream: { heartbeatSeconds: 5, resumeZero: 'nothing' },
    });
  });

  function scalingOf(stepInPercent: number) {
    const outSteps = { stepMembers: 4, stepPercent: 400, periodSeconds: 15 };
    const inSteps = { stepMembers: 1, stepPercent: stepInPercent, periodSeconds: 60 };
    return {
      ...{ min: 2, targetPercent: 77, spare: 1, forecast: true },
      out: { paused: false, tolerancePercent: 5, stabilisationSeconds: 0, ...outSteps },
      in: { paused: false, tolerancePercent: 10, stabilisationSeconds: 180, ...inSteps },
    };
  }

  it('keeps what the user wrote apart from the defaults', () => {
    const spec = {
      image: 'registry.example/topicplane:1',
      caches: [{ name: 'orders' }, { name: 'Gebäude 7', limits: { publishesPerSecond: 100 } }],
      router: { replicas: 3 },
      limits: { subscriptions: 50 },
      stream: { resumeZero: 'newest' },
    };
    const text = stringify({
      apiVersion: 'topicplane.dev/v1alpha1',
      kind: 'TopicCluster',
      metadata: { name: 'demo', namespace: 'team-a', labels: { team: 'a' }, annotations: {} },
      spec,
    });
    const result = parseTopicCluster(text, 'cluster.yaml');
    expect(result.ok && result.object.spec).toEqual(spec);
    expect(result.ok && result.object.metadata).toEqual({
      name: 'demo',
      namespace: 'team-a',
      labels: { team: 'a' },
      annotations: {},
    });
    expect(result.ok && result.cluster.spec).toMatchObject({
      image: 'registry.example/topicplane:1',
      caches: [
        { name: 'orders', limits: {} },
        { name: 'Gebäude 7', limits: { publishesPerSecond: 100 } },
      ],
      router: { replicas: 3 },
      storage: { replicas: 2 },
      limits: { messageBytes: 1_048_576, subscriptions: 50 },
    });
  });

  it.each([
    [
      'is JSON',
      JSON.stringify({
        apiVersion: 'topicplane.dev/v1alpha1',
        kind: 'TopicCluster',
        metadata: { name: 'a' },
      }),
    ],
    ['has empty sections', `${head}spec:\n  caches:\n  router:\n  storage: {}\n`],
    ['has comments, a document start and an end', `# mine\n---\n${head}# more\n...\n`],
    ['has an empty document behind it', `${head}---\n# nothing\n`],
    ['uses an anchor', `${head}spec:\n  router: &two { replicas: 2 }\n`],
    [
      'is what Kubernetes prints',
      `${head}  uid: 8b0c\n  generation: 3\n  managedFields: []\nstatus:\n  anything: goes\n`,
    ],
    [
      'has Windows line ends',
      `${head}spec:\n  router:\n    replicas: 1\n`.replaceAll('\n', '\r\n'),
    ],
  ])('may be one that %s', (_, text) => {
    expect(problems(text)).toEqual([]);
  });
});

describe('a TopicCluster that is wrong', () => {
  it.each([
    ['nothing', '', ['1:1: is empty; it should hold a TopicCluster']],
    ['only a comment', '# later\n', ['1:1: is empty; it should hold a TopicCluster']],
    ['a list', '- a\n', ['1:1: must be a TopicCluster, is a list']],
    ['text', 'hello\n', ['1:1: must be a TopicCluster, is "hello"']],
    [
      'broken YAML',
      `${head}spec: [\n`,
      [
        '6:1: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
      ],
    ],
    [
      'a field twice',
      `${head}kind: TopicCluster\n`,
      ['5:1: not valid YAML: Map keys must be unique'],
    ],
    [
      'two clusters',
      `${head}---\n${head}`,
      ['6:1: a second document begins here; a file holds one TopicCluster'],
    ],
    [
      'another kind',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: demo}\n',
      [
        '1:13: apiVersion: must be topicplane.dev/v1alpha1, is "v1"',
        '2:7: kind: must be TopicCluster, is "Pod"',
      ],
    ],
    [
      'no head',
      'spec: {}\n',
      [
        '1:1: apiVersion: must be topicplane.dev/v1alpha1, is missing',
        '1:1: kind: must be TopicCluster, is missing',
        '1:1: metadata.name: is missing',
      ],
    ],
    [
      'a bad name',
      head.replace('demo', 'Demo_1'),
      [
        '4:9: metadata.name: must be lower-case letters, digits and "-", beginning with a letter, is "Demo_1"',
      ],
    ],
    [
      'a name that would clash',
      head.replace('demo', 'demo-router'),
      [
        '4:9: metadata.name: must not end in "-router" or "-storage": another cluster may have objects of that name',
      ],
    ],
    [
      'a long name',
      head.replace('demo', 'x'.repeat(41)),
      ['4:9: metadata.name: must be at most 40 characters long, is 41'],
    ],
    [
      'a number for a label',
      `${head}  labels: {a: 1}\n`,
      ['5:15: metadata.labels.a: must be text, is 1'],
    ],
    [
      'an unknown field at the top',
      `${head}specs: {}\n`,
      ['5:1: specs: unknown field; did you mean spec?'],
    ],
    [
      'unknown fields inside',
      `${head}spec:\n  router:\n    replica: 3\n  colour: red\n`,
      [
        '7:5: spec.router.replica: unknown field; did you mean replicas?',
        '8:3: spec.colour: unknown field; known are image, imagePullPolicy, caches, router, storage, scaling, limits, stream',
      ],
    ],
    [
      'no router',
      `${head}spec:\n  router:\n    replicas: 0\n`,
      ['7:15: spec.router.replicas: must be between 1 and 1000, is 0'],
    ],
    [
      'half a storage node',
      `${head}spec:\n  storage:\n    replicas: 1.5\n`,
      ['7:15: spec.storage.replicas: must be a whole number, is 1.5'],
    ],
    [
      'a number in quotes',
      `${head}spec: {storage: {replicas: "2"}}\n`,
      ['5:28: spec.storage.replicas: must be a whole number, is "2"'],
    ],
    [
      'a list for a section',
      `${head}spec:\n  router:\n    - replicas: 1\n`,
      ['7:5: spec.router: must be an object, is a list'],
    ],
    [
      'an object for a list',
      `${head}spec:\n  caches:\n    orders: {}\n`,
      ['7:5: spec.caches: must be a list, is an object'],
    ],
    [
      'caches without a name',
      `${head}spec:\n  caches:\n    - limits: {subscriptions: 3}\n    -\n    - name:\n`,
      [
        '7:7: spec.caches[0].name: is missing',
        '8:6: spec.caches[1].name: is missing',
        '9:7: spec.caches[2].name: is missing',
      ],
    ],
    [
      'a cache twice',
      `${head}spec:\n  caches:\n    - name: a\n    - name: b\n    - name: a\n`,
      ['9:13: spec.caches[2].name: "a" is already the name of spec.caches[0]'],
    ],
    [
      'caches with bad names',
      `${head}spec:\n  caches: [{name: ""}, {name: "a\\0"}, {name: 7}, {name: "${'é'.repeat(65)}"}]\n`,
      [
        '6:19: spec.caches[0].name: cache name is empty',
        '6:31: spec.caches[1].name: cache name holds the control character U+0000 at 1',
        '6:46: spec.caches[2].name: must be text, is 7',
        '6:57: spec.caches[3].name: cache name is longer than 128 bytes',
      ],
    ],
    [
      'a message limit beyond what is sane',
      `${head}spec:\n  limits:\n    messageBytes: 8388609\n    publishesPerSecond: -1\n`,
      [
        '7:19: spec.limits.messageBytes: must be between 1 and 8388608, is 8388609',
        '8:25: spec.limits.publishesPerSecond: must be between 0 and 10000000, is -1',
      ],
    ],
    [
      'a choice that is none',
      `${head}spec:\n  stream:\n    resumeZero: latest\n    heartbeatSeconds: 0\n`,
      [
        '7:17: spec.stream.resumeZero: must be nothing or newest, is "latest"',
        '8:23: spec.stream.heartbeatSeconds: must be between 1 and 60, is 0',
      ],
    ],
    [
      'an image with white space',
      `${head}spec:\n  image: "a b"\n`,
      ['6:10: spec.image: must be an image reference without white space, is "a b"'],
    ],
    [
      'numbers that are none',
      `${head}spec:\n  storage: {history: {items: .nan, bytes: .inf, ageSeconds: true}}\n`,
      [
        '6:30: spec.storage.history.items: must be a whole number, is NaN',
        '6:43: spec.storage.history.bytes: must be a whole number, is Infinity',
        '6:61: spec.storage.history.ageSeconds: must be a whole number, is true',
      ],
    ],
    [
      'a mistake behind an alias',
      `${head}spec:\n  router: &r\n    replicas: 0\n  storage: *r\n`,
      [
        '7:15: spec.router.replicas: must be between 1 and 1000, is 0',
        '7:15: spec.storage.replicas: must be between 1 and 200, is 0',
      ],
    ],
    [
      'a merge key, which YAML 1.2 does not have',
      `${head}spec:\n  router: &r {replicas: 1}\n  storage:\n    <<: *r\n`,
      [
        '8:5: spec.storage.<<: unknown field; known are replicas, history, capacity, resources, nodeSelector, tolerations',
      ],
    ],
    [
      'names of what every object has',
      `${head}spec:\n  __proto__: {}\n  constructor: {}\n`,
      [
        '6:3: spec.__proto__: unknown field; known are image, imagePullPolicy, caches, router, storage, scaling, limits, stream',
        '7:3: spec.constructor: unknown field; known are image, imagePullPolicy, caches, router, storage, scaling, limits, stream',
      ],
    ],
  ])('%s', (_, text, messages) => {
    expect(problems(text)).toEqual(messages.map((message) => `cluster.yaml:${message}`));
  });

  it('may not hold more caches than a topology can', () => {
    const caches = Array.from({ length: 1001 }, (_, index) => `    - name: c${index}\n`).join('');
    expect(problems(`${head}spec:\n  caches:\n${caches}`)).toEqual([
      'cluster.yaml:7:5: spec.caches: holds 1001 items, at most 1000 are allowed',
    ]);
  });

  it('is refused when aliases make it grow without bound', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = Array.from({ length: 10 }, () => (level === 0 ? 'x' : `*a${level - 1}`));
      return `a${level}: &a${level} [${items.join(', ')}]\n`;
    });
    expect(problems(levels.join(''))).toEqual([
      expect.stringMatching(/not valid YAML: Excessive alias count/),
    ]);
  });

  it('is not looked into when it is huge', () => {
    expect(problems('#'.repeat(5_000_000))).toEqual([
      'cluster.yaml: is longer than 4194304 characters',
    ]);
  });
});

describe('parseTopicCluster', () => {
  it('never throws, and points into the text', () => {
    const fragments = fc.constantFrom(
      'spec:',
      '  ',
      '\n',
      '- ',
      'router',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '"',
      '1',
      'name',
      '|',
      '---\n',
      '<<',
      '? ',
      '!!int ',
      '\t',
    );
    const texts = fc.array(fragments, { maxLength: 25 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          texts,
          texts.map((text) => `${head}${text}`),
          fc.string(),
        ),
        (text) => {
          const lines = text.split('\n').length;
          for (const problem of problems(text)) {
            const [, line] = /^cluster\.yaml:(\d+):\d+: ./s.exec(problem) ?? [];
            expect(Number(line)).toBeGreaterThan(0);
            expect(Number(line)).toBeLessThanOrEqual(lines);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
