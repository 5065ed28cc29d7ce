import {
  type Bounds,
  cacheNameBytesMax,
  cacheNameProblem,
  cachesMax,
  settingBounds,
} from '../../topology/index.ts';
import type { ObjectField, Resolved } from './field.ts';
import { placementFields, resourcesField } from './pods.ts';
import { scalingField } from './scaling.ts';

const membersMax = { router: 1000, storage: 200 } as const;
const replicas = { type: 'integer', min: 1 } as const;

const publishesPerSecond = {
  type: 'integer',
  ...settingBounds.publishesPerSecondMax,
} as const;
const subscriptions = { type: 'integer', ...settingBounds.subscriptionsMax } as const;

const rated = { type: 'integer', min: 1, max: settingBounds.capacity.max } as const;

export interface Sizes {
  readonly storage: { readonly history: { readonly bytes: number } };
  readonly limits: { readonly messageBytes: number };
}

/** The spec of a TopicCluster: the one place where its fields, ranges and defaults are. */
export const specSchema = {
  type: 'object',
  description: 'What the cluster is to be.',
  rules: [
    {
      at: ['storage', 'history', 'bytes'],
      message: 'must be at least limits.messageBytes: the largest items could not be kept',
      rule: 'self.storage.history.bytes >= self.limits.messageBytes',
      holds: ({ storage, limits }: Sizes) => storage.history.bytes >= limits.messageBytes,
    },
  ],
  fields: {
    image: {
      type: 'text',
      description:
        'Container image of routers and storage nodes. Default: that of the operator when the cluster is made; a newer operator does not change it.',
      lengthMax: 512,
      pattern: { expression: '^[!-~]+$', meaning: 'an image reference without white space' },
    },
    imagePullPolicy: {
      type: 'text',
      description:
        'When nodes pull the image. Default: always for the tag latest, else when a node has it not.',
      values: ['Always', 'IfNotPresent', 'Never'],
    },
    caches: {
      type: 'list',
      description: 'The namespaces that topics live in. Topics of other caches do not exist.',
      key: 'name',
      itemsMax: cachesMax,
      items: {
        type: 'object',
        description: 'A cache.',
        fields: {
          name: {
            type: 'text',
            description: `Well-formed Unicode of at most ${cacheNameBytesMax} UTF-8 bytes, without control characters.`,
            required: true,
            lengthMax: cacheNameBytesMax,
            problem: cacheNameProblem,
            cel: [
              { rule: "self != ''", message: 'cache name is empty' },
              {
                rule: `size(bytes(self)) <= ${cacheNameBytesMax}`,
                message: `cache name is longer than ${cacheNameBytesMax} bytes`,
              },
              {
                rule: "!self.matches('[\\\\x00-\\\\x1f]')",
                message: 'cache name holds a control character',
              },
              {
                rule: "self == '' || self.matches('[^\\\\s\\\\p{Z}\\\\x{FEFF}]')",
                message: 'cache name is only white space',
              },
            ],
          },
          limits: {
            type: 'object',
            description: 'Limits of this cache, in place of those of the cluster.',
            fields: {
              publishesPerSecond: {
                ...publishesPerSecond,
                description: 'Publishes a second that a router takes for this cache. 0: no limit.',
              },
              subscriptions: {
                ...subscriptions,
                description: 'Subscriptions that a router holds for this cache. 0: no limit.',
              },
            },
          },
        },
      },
    },
    router: {
      type: 'object',
      description: 'The tier that clients speak to.',
      fields: {
        replicas: {
          ...replicas,
          max: membersMax.router,
          description: 'Number of routers; where it follows the load, at first.',
          default: 2,
        },
        drainSeconds: {
          type: 'integer',
          min: 1,
          max: 600,
          description:
            'Seconds over which a router that goes moves its clients to the others. A change replaces the routers one by one.',
          default: 10,
        },
        rebalance: {
          type: 'boolean',
          description:
            'Whether clients are moved, slowly, while some routers have many more connections than others, as after a scale out.',
          default: true,
        },
        capacity: {
          type: 'object',
          description:
            'What one router can carry and still serve well; utilisation is measured against it. Without a number, what a router takes for itself; see docs/metrics.md.',
          fields: {
            connections: { ...rated, description: 'Client connections.' },
            streams: { ...rated, description: 'Calls that are open, subscriptions among them.' },
            messagesPerSecond: { ...rated, description: 'Items delivered a second.' },
            egressBytesPerSecond: { ...rated, description: 'Bytes sent to clients a second.' },
          },
        },
        resources: resourcesField({
          requests: { cpu: '250m', memory: '256Mi' },
          limits: { memory: '1Gi' },
        }),
        ...placementFields,
      },
    },
    storage: {
      type: 'object',
      description: 'The tier that owns topics.',
      fields: {
        replicas: {
          ...replicas,
          max: membersMax.storage,
          description: 'Number of storage nodes; where it follows the load, at first.',
          default: 2,
        },
        history: {
          type: 'object',
          description: 'What is kept of each topic, in memory, for subscribers that come back.',
          fields: {
            items: {
              type: 'integer',
              ...settingBounds.historyItemsMax,
              description: 'Items kept of a topic.',
              default: 256,
            },
            bytes: {
              type: 'integer',
              ...settingBounds.historyBytesMax,
              description: 'Bytes kept of a topic.',
              default: 1024 * 1024,
            },
            ageSeconds: {
              type: 'integer',
              ...inSeconds(settingBounds.historyAgeMsMax),
              description: 'Seconds for which an item is kept.',
              default: 120,
            },
            idleSeconds: {
              type: 'integer',
              ...inSeconds(settingBounds.historyIdleMsMax),
              description:
                'Seconds after which a topic without items, subscriptions and publishes is forgotten.',
              default: 600,
            },
          },
        },
        capacity: {
          type: 'object',
          description:
            'What one storage node can carry and still serve well; utilisation is measured against it. Without a number, what a storage node takes for itself; see docs/metrics.md.',
          fields: {
            topics: { ...rated, description: 'Topics owned.' },
            messagesPerSecond: {
              ...rated,
              description: 'Items numbered and sent a second, once for each router.',
            },
            egressBytesPerSecond: { ...rated, description: 'Bytes sent to routers a second.' },
          },
        },
        resources: resourcesField({
          requests: { cpu: '250m', memory: '512Mi' },
          limits: { memory: '2Gi' },
        }),
        ...placementFields,
      },
    },
    scaling: scalingField(membersMax),
    limits: {
      type: 'object',
      description: 'Limits of the cluster.',
      fields: {
        messageBytes: {
          type: 'integer',
          ...settingBounds.messageBytesMax,
          description: 'Largest payload of one item, in bytes.',
          default: 1024 * 1024,
        },
        publishesPerSecond: {
          ...publishesPerSecond,
          description: 'Publishes a second that a router takes for one cache. 0: no limit.',
          default: 0,
        },
        subscriptions: {
          ...subscriptions,
          description: 'Subscriptions that a router holds for one cache. 0: no limit.',
          default: 0,
        },
      },
    },
    stream: {
      type: 'object',
      description: 'How subscriptions behave.',
      fields: {
        heartbeatSeconds: {
          type: 'integer',
          ...inSeconds(settingBounds.heartbeatMs),
          description: 'Seconds between the heartbeats of an idle subscription.',
          default: 5,
        },
        resumeZero: {
          type: 'text',
          description:
            'What a subscription that names no position receives of the past: nothing, or the newest item.',
          values: ['nothing', 'newest'],
          default: 'nothing',
        },
      },
    },
  },
} as const satisfies ObjectField;

/** Spec with every default filled in. */
export type TopicClusterSpec = Resolved<typeof specSchema>;

function inSeconds({ min, max }: Bounds): Bounds {
  return { min: Math.ceil(min / 1000), max: Math.floor(max / 1000) };
}

const nameLengthMax = 40;
const nameEndProblem =
  'must not end in "-router" or "-storage": another cluster may have objects of that name';
const namePattern = '^[a-z]([a-z0-9-]*[a-z0-9])?$';

/** The part of the metadata that is the user's. */
export const metadataSchema = {
  type: 'object',
  description: 'Name and place of the cluster.',
  fields: {
    name: {
      type: 'text',
      description: 'Name of the cluster; the names of its objects begin with it.',
      required: true,
      lengthMax: nameLengthMax,
      pattern: {
        expression: namePattern,
        meaning: 'lower-case letters, digits and "-", beginning with a letter',
      },
      problem: (name) => (/-(router|storage)$/.test(name) ? nameEndProblem : undefined),
      cel: [
        {
          rule: "!self.endsWith('-router') && !self.endsWith('-storage')",
          message: nameEndProblem,
        },
      ],
    },
    namespace: {
      type: 'text',
      description: 'Namespace of the cluster.',
      lengthMax: 63,
      pattern: {
        expression: '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$',
        meaning: 'lower-case letters, digits and "-"',
      },
      default: 'default',
    },
  },
} as const satisfies ObjectField;
