import type { Field, ObjectField, Pattern, Rule } from './field.ts';
import { parseQuantity } from './quantity.ts';

/** The fields of a component that say how and where its pods run. */

const cpu = { type: 'quantity', min: '10m', max: '256' } as const;
const memory = { type: 'quantity', min: '64Mi', max: '1Ti' } as const;

export interface Amounts {
  readonly requests: Readonly<Record<string, string | number | undefined>>;
  readonly limits: Readonly<Record<string, string | number | undefined>>;
}

function requestWithinLimit(amount: 'cpu' | 'memory'): Rule {
  const [request, limit] = [`self.requests.${amount}`, `self.limits.${amount}`];
  return {
    at: ['requests', amount],
    message: `must be at most limits.${amount}`,
    rule:
      `!has(self.requests) || !has(${request}) || !has(self.limits) || !has(${limit})` +
      ` || !isQuantity(string(${request})) || !isQuantity(string(${limit}))` +
      ` || quantity(string(${request})).compareTo(quantity(string(${limit}))) <= 0`,
    holds: ({ requests, limits }: Amounts) => {
      const [wanted, most] = [requests[amount], limits[amount]];
      if (wanted === undefined || most === undefined) return true;
      return (parseQuantity(wanted) ?? 0n) <= (parseQuantity(most) ?? 0n);
    },
  };
}

/** @param defaults of a component that says nothing of resources. There is no limit of CPU: it would only add delay. */
export function resourcesField<const D extends Readonly<Record<string, unknown>>>(defaults: D) {
  return {
    type: 'object',
    description:
      'What a pod is given of its node. When it is set, all of it is as set: the defaults are for a component without.',
    default: defaults,
    rules: [requestWithinLimit('cpu'), requestWithinLimit('memory')],
    fields: {
      requests: {
        type: 'object',
        description: 'What the node must have free.',
        fields: {
          cpu: { ...cpu, description: 'Processors, such as 250m or 2.' },
          memory: { ...memory, description: 'Bytes, such as 256Mi or 1Gi.' },
        },
      },
      limits: {
        type: 'object',
        description: 'What the pod can use at most.',
        fields: {
          cpu: { ...cpu, description: 'Processors; a pod at this limit delivers late.' },
          memory: { ...memory, description: 'Bytes; a pod beyond this limit is killed.' },
        },
      },
    },
  } as const satisfies ObjectField;
}

const labelPart = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const labelName: Pattern = {
  expression: `^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?${labelPart}$`,
  meaning: 'a label name such as disktype or topology.kubernetes.io/zone',
};
const labelValue: Pattern = {
  expression: `^(${labelPart})?$`,
  meaning:
    'a label value: letters, digits, "-", "_" and ".", beginning and ending with a letter or digit',
};

export interface TolerationValue {
  readonly key?: string;
  readonly operator: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

export const placementFields = {
  nodeSelector: {
    type: 'map',
    description: 'Labels that a node must have for these pods.',
    names: labelName,
    values: { ...labelValue, lengthMax: 63 },
    entriesMax: 20,
  },
  tolerations: {
    type: 'list',
    description: 'Taints of nodes that these pods put up with.',
    itemsMax: 20,
    items: {
      type: 'object',
      description: 'A toleration, as in a pod.',
      rules: [
        {
          at: ['key'],
          message: 'is needed, unless the operator is Exists',
          rule: 'has(self.key) || self.operator == "Exists"',
          holds: ({ key, operator }: TolerationValue) => key !== undefined || operator === 'Exists',
        },
        {
          at: ['value'],
          message: 'must be left out when the operator is Exists',
          rule: '!has(self.value) || self.operator != "Exists"',
          holds: ({ value, operator }: TolerationValue) =>
            value === undefined || operator !== 'Exists',
        },
        {
          at: ['tolerationSeconds'],
          message: 'must be left out unless the effect is NoExecute',
          rule: '!has(self.tolerationSeconds) || (has(self.effect) && self.effect == "NoExecute")',
          holds: ({ tolerationSeconds, effect }: TolerationValue) =>
            tolerationSeconds === undefined || effect === 'NoExecute',
        },
      ],
      fields: {
        key: {
          type: 'text',
          description: 'Name of the taint. Without one, any taint.',
          lengthMax: 317,
          pattern: labelName,
        },
        operator: {
          type: 'text',
          description: 'Whether the taint must have the value, or only be there.',
          values: ['Equal', 'Exists'],
          default: 'Equal',
        },
        value: {
          type: 'text',
          description: 'Value of the taint.',
          lengthMax: 63,
          pattern: labelValue,
        },
        effect: {
          type: 'text',
          description: 'Effect of the taint. Without one, any effect.',
          values: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
        },
        tolerationSeconds: {
          type: 'integer',
          description: 'Seconds for which a pod stays on a node that is tainted with NoExecute.',
          min: 0,
          max: 86_400,
        },
      },
    },
  },
} as const satisfies Readonly<Record<string, Field>>;
