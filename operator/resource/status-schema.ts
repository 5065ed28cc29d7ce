import type { ObjectField } from './field.ts';
import { conditionTypes } from './status.ts';

const count = { type: 'integer', min: 0, max: 1_000_000 } as const;
const whole = { type: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER } as const;

const component = {
  type: 'object',
  fields: {
    desired: { ...count, description: 'Members that the spec asks for.' },
    ready: { ...count, description: 'Members that are ready.' },
    updated: { ...count, description: 'Members that run as the spec says, by their pod template.' },
    summary: { type: 'text', description: 'Ready of desired, for tables.' },
    members: {
      type: 'list',
      description: 'Every member there is.',
      key: 'name',
      itemsMax: 1000,
      items: {
        type: 'object',
        description: 'A member.',
        fields: {
          name: { type: 'text', required: true, description: 'Name of its pod.' },
          ready: { type: 'boolean', description: 'Whether its pod is ready.' },
          phase: {
            type: 'text',
            description:
              'Starting, Warming, InRotation, Draining or Stopped; Unknown when the member does not answer.',
          },
          topology: {
            type: 'text',
            description:
              'Version of the topology that it holds: term and epoch, with a dot between.',
          },
          message: { type: 'text', description: 'Why it is not ready.' },
        },
      },
    },
  },
} as const;

const time = { type: 'text', format: 'date-time' } as const;
const percent = { type: 'integer', min: 0, max: 1_000_000 } as const;

const tierScaling = {
  type: 'object',
  fields: {
    desired: { ...count, description: 'Members that the tier is to have.' },
    reason: { type: 'text', description: 'Why, for machines.' },
    message: { type: 'text', description: 'What was decided and from which numbers, for people.' },
    at: { ...time, description: 'When the numbers were looked at.' },
    inputs: {
      type: 'object',
      description: 'The numbers; absent when the load is not known.',
      fields: {
        dimension: { type: 'text', description: 'The one that asks for most members.' },
        load: { type: 'text', description: 'Of all members together, in members that are full.' },
        expected: {
          type: 'text',
          description: 'The same, when a member that is started now will serve.',
        },
        utilisationPercent: { ...percent, description: 'Of what serves now.' },
        hottest: { type: 'text', description: 'The member that is fullest, and of what.' },
        hottestPercent: { ...percent, description: 'How full it is.' },
      },
    },
    leads: {
      type: 'list',
      description: 'How long new members took to serve, lately.',
      itemsMax: 50,
      items: {
        type: 'object',
        description: 'One member.',
        fields: {
          at: { ...time, required: true, description: 'When it served.' },
          seconds: { ...whole, required: true, description: 'Seconds that it took.' },
        },
      },
    },
    since: { ...time, description: 'Since when recommendations came without a gap.' },
    last: { ...time, description: 'When the last one came.' },
    recommendations: {
      type: 'list',
      description: 'What the load asked for, in parts of the stabilisation window.',
      itemsMax: 100,
      items: {
        type: 'object',
        description: 'One part.',
        fields: {
          at: { ...time, required: true, description: 'Its begin.' },
          least: { ...count, required: true, description: 'Fewest members.' },
          most: { ...count, required: true, description: 'Most members.' },
        },
      },
    },
    steps: {
      type: 'list',
      description: 'What was done lately.',
      itemsMax: 50,
      items: {
        type: 'object',
        description: 'One step.',
        fields: {
          at: { ...time, required: true, description: 'When it was decided on.' },
          from: { ...count, required: true, description: 'Members before.' },
          to: { ...count, required: true, description: 'Members after.' },
        },
      },
    },
  },
} as const;

/**
 * `TopicClusterStatus` as a field, for the schema of the CustomResourceDefinition. Little of it is required, so that an
 * operator of another version can go on writing what it knows.
 */
export const statusSchema = {
  type: 'object',
  description: 'What the operator says of the cluster.',
  fields: {
    observedGeneration: {
      ...whole,
      description: 'Generation of the spec that this status speaks of.',
    },
    conditions: {
      type: 'list',
      description: `One of each type: ${conditionTypes.join(', ')}.`,
      key: 'type',
      itemsMax: 16,
      items: {
        type: 'object',
        description: 'A condition.',
        fields: {
          type: { type: 'text', required: true, description: 'What it is about.' },
          status: {
            type: 'text',
            required: true,
            description: 'Whether it is so.',
            values: ['True', 'False', 'Unknown'],
          },
          reason: { type: 'text', required: true, description: 'Why, for machines.' },
          message: { type: 'text', required: true, description: 'Why, for people.' },
          observedGeneration: {
            ...whole,
            description: 'Generation of the spec that it speaks of.',
          },
          lastTransitionTime: {
            type: 'text',
            required: true,
            format: 'date-time',
            description: 'When the status last became what it is.',
          },
        },
      },
    },
    routers: { ...component, description: 'The tier that clients speak to.' },
    storage: { ...component, description: 'The tier that owns topics.' },
    topology: {
      type: 'object',
      description: 'Version of the topology in force; absent before the first.',
      fields: {
        term: { ...whole, description: 'Term of the operator that wrote it.' },
        epoch: { ...whole, description: 'Counts up with every change.' },
      },
    },
    move: {
      type: 'object',
      description: 'The planned change of owners that is under way.',
      fields: {
        phase: {
          type: 'text',
          description:
            'Prepare: nothing has changed yet. Commit: topics are being handed over, one by one.',
        },
        from: { type: 'text', description: 'Storage nodes that own topics before it.' },
        to: { type: 'text', description: 'Storage nodes that own topics after it.' },
        topics: { ...whole, description: 'Topics that go to another owner.' },
        topicsLeft: { ...whole, description: 'Those of them that still have to go.' },
        since: { type: 'text', format: 'date-time', description: 'When it was begun.' },
      },
    },
    scaling: {
      type: 'object',
      description: 'Of each tier that follows its load.',
      fields: {
        router: { ...tierScaling, description: 'Routers.' },
        storage: { ...tierScaling, description: 'Storage nodes.' },
      },
    },
    endpoint: { type: 'text', description: 'What clients dial: host and port.' },
    summary: {
      type: 'text',
      description:
        'What is going on, in a word: the reason of the condition to look at first. Settled: nothing.',
    },
  },
} as const satisfies ObjectField;
