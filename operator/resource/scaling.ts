import type { ObjectField } from './field.ts';

/** The part of the spec that says how tiers follow their load. */

export interface Range {
  readonly min: number;
  readonly max?: number;
  readonly spare: number;
}

const secretName = {
  type: 'text',
  lengthMax: 253,
  pattern: {
    expression: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
    meaning: 'the name of a Secret: lower-case letters, digits, "-" and "."',
  },
} as const;

function secretField(key: string, what: string) {
  return {
    type: 'object',
    description: `Where ${what} is: a key of a Secret in the namespace of the cluster.`,
    fields: {
      name: { ...secretName, description: 'Name of the Secret. Without one, there is none.' },
      key: {
        type: 'text',
        description: 'Key in the Secret.',
        lengthMax: 253,
        pattern: {
          expression: '^[-._a-zA-Z0-9]+$',
          meaning: 'letters, digits, "-", "_" and "."',
        },
        default: key,
      },
    },
  } as const satisfies ObjectField;
}

interface Defaults {
  readonly tolerancePercent: number;
  readonly stabilisationSeconds: number;
  readonly stepMembers: number;
  readonly stepPercent: number;
  readonly periodSeconds: number;
}

function behaviourField(direction: string, defaults: Defaults) {
  return {
    type: 'object',
    description: `How the tier scales ${direction}.`,
    fields: {
      paused: {
        type: 'boolean',
        description: `Whether scaling ${direction} is paused.`,
        default: false,
      },
      tolerancePercent: {
        type: 'integer',
        min: 0,
        max: 50,
        description:
          'Nothing is done while the utilisation is off the target by no more than this part of it.',
        default: defaults.tolerancePercent,
      },
      stabilisationSeconds: {
        type: 'integer',
        min: 0,
        max: 3600,
        description: 'What is done is no more than was right for all of this time.',
        default: defaults.stabilisationSeconds,
      },
      stepMembers: {
        type: 'integer',
        min: 1,
        max: 100,
        description: 'Members in one period, or stepPercent, whichever is more.',
        default: defaults.stepMembers,
      },
      stepPercent: {
        type: 'integer',
        min: 0,
        max: 400,
        description: 'Part of the members in one period, or stepMembers, whichever is more.',
        default: defaults.stepPercent,
      },
      periodSeconds: {
        type: 'integer',
        min: 15,
        max: 1800,
        description: 'The period of the steps.',
        default: defaults.periodSeconds,
      },
    },
  } as const satisfies ObjectField;
}

function tierField(what: string, membersMax: number, stepInPercent: number) {
  return {
    type: 'object',
    description: `How many ${what} there are, by their load. Only with max.`,
    rules: [
      {
        at: ['max'],
        message: 'must be at least min',
        rule: '!has(self.max) || self.max >= self.min',
        holds: ({ min, max }: Range) => max === undefined || max >= min,
      },
      {
        at: ['spare'],
        message: 'must be less than max: a tier of which every member is spare carries nothing',
        rule: '!has(self.max) || self.spare < self.max',
        holds: ({ spare, max }: Range) => max === undefined || spare < max,
      },
    ],
    fields: {
      min: {
        type: 'integer',
        min: 1,
        max: membersMax,
        description: 'At least so many. With one, there is nobody to take over.',
        default: 2,
      },
      max: {
        type: 'integer',
        min: 1,
        max: membersMax,
        description: `At most so many. Without it, there are as many as replicas of the tier says; with it, replicas says how many there are at first.`,
      },
      targetPercent: {
        type: 'integer',
        min: 10,
        max: 95,
        description: 'Utilisation that is aimed at, of the dimension that is used most.',
        default: 77,
      },
      spare: {
        type: 'integer',
        min: 1,
        max: 10,
        description: 'So many members may be lost without the others being more than full.',
        default: 1,
      },
      forecast: {
        type: 'boolean',
        description:
          'Whether a load that grows is met before it is there, by the time that new members take to serve.',
        default: true,
      },
      out: behaviourField('out', {
        tolerancePercent: 5,
        stabilisationSeconds: 0,
        stepMembers: 4,
        stepPercent: 400,
        periodSeconds: 15,
      }),
      in: behaviourField('in', {
        tolerancePercent: 10,
        stabilisationSeconds: 180,
        stepMembers: 1,
        stepPercent: stepInPercent,
        periodSeconds: 60,
      }),
    },
  } as const satisfies ObjectField;
}

export interface Scaling {
  readonly source?: string;
  readonly prometheus: {
    readonly url?: string;
    readonly bearerTokenSecret: { readonly name?: string };
  };
}

/** @param membersMax of each tier */
export function scalingField<const M extends { readonly router: number; readonly storage: number }>(
  membersMax: M,
) {
  return {
    type: 'object',
    description: 'Tiers that follow their load. See docs/scaling.md.',
    rules: [
      {
        at: ['prometheus', 'url'],
        message: 'is needed when the source is Prometheus',
        rule: "!has(self.source) || self.source != 'Prometheus' || (has(self.prometheus) && has(self.prometheus.url))",
        holds: ({ source, prometheus }: Scaling) =>
          source !== 'Prometheus' || prometheus.url !== undefined,
      },
      {
        at: ['prometheus', 'url'],
        message: 'must begin with https:// when there is a bearer token, which others could read',
        rule: "!has(self.prometheus) || !has(self.prometheus.url) || !has(self.prometheus.bearerTokenSecret) || !has(self.prometheus.bearerTokenSecret.name) || self.prometheus.url.startsWith('https://')",
        holds: ({ prometheus: { url, bearerTokenSecret } }: Scaling) =>
          url === undefined || bearerTokenSecret.name === undefined || url.startsWith('https://'),
      },
    ],
    fields: {
      source: {
        type: 'text',
        description:
          'Who says how much the members carry: Prometheus, or the members themselves. Default: Prometheus if it has a url, else Members.',
        values: ['Prometheus', 'Members'],
      },
      intervalSeconds: {
        type: 'integer',
        min: 5,
        max: 300,
        description:
          'Seconds from one look at the load to the next; at least the interval at which Prometheus scrapes the members.',
        default: 15,
      },
      prometheus: {
        type: 'object',
        description: 'The Prometheus that scrapes the members.',
        fields: {
          url: {
            type: 'text',
            description: 'Where its HTTP API is, without /api/v1.',
            lengthMax: 1024,
            isConfidential: true,
            pattern: {
              expression: '^https?://[a-zA-Z0-9.:\\[\\]_-]+(/[!-~]*)?$',
              meaning: 'a URL that begins with http:// or https://, without user and password',
            },
          },
          bearerTokenSecret: secretField('token', 'the bearer token for it'),
          caSecret: secretField('ca.crt', 'the certificate authority of its certificate'),
        },
      },
      router: tierField('routers', membersMax.router, 100),
      storage: tierField('storage nodes', membersMax.storage, 0),
    },
  } as const satisfies ObjectField;
}
