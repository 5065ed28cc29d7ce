import { apiVersion, kind } from '../names.ts';
import { resolve } from './defaults.ts';
import type {
  BooleanField,
  CelRule,
  Field,
  IntegerField,
  ListField,
  MapField,
  ObjectField,
  QuantityField,
  TextField,
} from './field.ts';
import { quantityPattern } from './quantity.ts';
import { metadataSchema, specSchema } from './schema.ts';
import { statusSchema } from './status-schema.ts';
import { isObject } from './value.ts';

const [group = '', version = ''] = apiVersion.split('/');
const plural = 'topicclusters';

type Schema = Readonly<Record<string, unknown>>;

/** The CustomResourceDefinition that follows from the schema of the spec and of the status. */
export function topicClusterCrd(): Schema {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: 'topiccluster',
        shortNames: ['tc'],
        categories: ['all', 'topicplane'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns,
          schema: { openAPIV3Schema: rootSchema() },
        },
      ],
    },
  };
}

const printerColumns = [
  {
    name: 'Available',
    type: 'string',
    description: 'Whether clients are served.',
    jsonPath: '.status.conditions[?(@.type=="Available")].status',
  },
  {
    name: 'Routers',
    type: 'string',
    description: 'Ready of desired.',
    jsonPath: '.status.routers.summary',
  },
  {
    name: 'Storage',
    type: 'string',
    description: 'Ready of desired.',
    jsonPath: '.status.storage.summary',
  },
  {
    name: 'Epoch',
    type: 'integer',
    description: 'Of the topology in force.',
    jsonPath: '.status.topology.epoch',
  },
  {
    name: 'Status',
    type: 'string',
    description: 'What is going on, in a word; the conditions say more.',
    jsonPath: '.status.summary',
  },
  {
    name: 'Endpoint',
    type: 'string',
    description: 'What clients dial.',
    jsonPath: '.status.endpoint',
    priority: 1,
  },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
];

function rootSchema(): Schema {
  const { name } = metadataSchema.fields;
  return {
    description:
      'A publish/subscribe cluster: routers, storage nodes and the topology they serve by.',
    type: 'object',
    properties: {
      apiVersion: { type: 'string', description: 'Version of this schema.' },
      kind: { type: 'string', description: 'Kind of this object.' },
      metadata: { type: 'object' },
      spec: schemaOf(specSchema),
      status: schemaOf(statusSchema),
    },
    'x-kubernetes-validations': [
      lengthRule(name.lengthMax),
      patternRule(name.pattern),
      ...name.cel,
    ].map(({ rule, message }) => ({
      rule: rule.replaceAll('self', 'self.metadata.name'),
      message: `metadata.name: ${message}`,
    })),
  };
}

/** What an API server checks of a field, and what it fills in. */
export function schemaOf(field: Field): Schema {
  const { description } = field;
  switch (field.type) {
    case 'integer':
      return { description, ...integerSchema(field) };
    case 'boolean':
      return { description, ...booleanSchema(field) };
    case 'text':
      return { description, ...textSchema(field) };
    case 'quantity':
      return { description, ...quantitySchema(field) };
    case 'map':
      return { description, ...mapSchema(field) };
    case 'list':
      return { description, ...listSchema(field) };
    case 'object':
      return { description, ...objectSchema(field) };
  }
}

const int32Max = 2 ** 31 - 1;

function integerSchema({ min, max, default: otherwise }: IntegerField): Schema {
  return {
    type: 'integer',
    format: max <= int32Max ? 'int32' : 'int64',
    minimum: min,
    maximum: max,
    ...(otherwise !== undefined && { default: otherwise }),
  };
}

function booleanSchema({ default: otherwise }: BooleanField): Schema {
  return { type: 'boolean', ...(otherwise !== undefined && { default: otherwise }) };
}

/** Patterns are rules, so that what an API server says of them can be read. */
function textSchema({ values, lengthMax, format, pattern, cel, ...field }: TextField): Schema {
  const rules = [...(pattern ? [patternRule(pattern)] : []), ...(cel ?? [])];
  return {
    type: 'string',
    ...(format && { format }),
    ...(values && { enum: values }),
    ...(lengthMax !== undefined && { maxLength: lengthMax }),
    ...(field.default !== undefined && { default: field.default }),
    ...validations(rules),
  };
}

function quantitySchema({ min, max }: QuantityField): Schema {
  const text = 'string(self)';
  const inRange = [min, max]
    .map((bound, index) => {
      return `quantity(${text}).compareTo(quantity('${bound}')) ${index === 0 ? '>=' : '<='} 0`;
    })
    .join(' && ');
  return {
    'x-kubernetes-int-or-string': true,
    ...validations([
      {
        rule: `${text}.matches('${quantityPattern.expression}')`,
        message: `must be ${quantityPattern.meaning}`,
      },
      {
        rule: `!isQuantity(${text}) || (${inRange})`,
        message: `must be between ${min} and ${max}`,
      },
    ]),
  };
}

function mapSchema({ names, values, entriesMax }: MapField): Schema {
  const { rule, message } = patternRule(values);
  return {
    type: 'object',
    maxProperties: entriesMax,
    additionalProperties: {
      type: 'string',
      maxLength: values.lengthMax,
      ...validations([{ rule, message }]),
    },
    ...validations([
      {
        rule: `self.all(name, name.matches('${celText(names.expression)}'))`,
        message: `must be named by ${names.meaning}`,
      },
    ]),
  };
}

function listSchema({ items, key, itemsMax }: ListField): Schema {
  const { default: _, ...itemSchema } = schemaOf(items);
  return {
    type: 'array',
    maxItems: itemsMax,
    'x-kubernetes-list-type': key === undefined ? 'atomic' : 'map',
    ...(key !== undefined && { 'x-kubernetes-list-map-keys': [key] }),
    items: itemSchema,
  };
}

/**
 * The default of an object is the whole of it: rules may speak of what is inside, and an API server doesn't fill up a
 * default before it checks them.
 */
function objectSchema(field: ObjectField): Schema {
  const required = Object.entries(field.fields).filter(([, child]) => {
    return 'required' in child && child.required;
  });
  const defaults = required.length === 0 ? withoutEmpty(resolve(field, undefined)) : {};
  return {
    type: 'object',
    ...(required.length > 0 && { required: required.map(([name]) => name) }),
    ...(Object.keys(defaults).length > 0 && { default: defaults }),
    ...validations(
      (field.rules ?? []).map(({ rule, message, at }) => ({
        rule,
        message,
        fieldPath: `.${at.join('.')}`,
      })),
    ),
    properties: Object.fromEntries(
      Object.entries(field.fields).map(([name, child]) => [name, schemaOf(child)]),
    ),
  };
}

function withoutEmpty(value: object): Readonly<Record<string, unknown>> {
  const entries = Object.entries(value).map(([name, child]): [string, unknown] => {
    return [name, isObject(child) ? withoutEmpty(child) : child];
  });
  return Object.fromEntries(
    entries.filter(([, child]) => {
      return !(typeof child === 'object' && child !== null && Object.keys(child).length === 0);
    }),
  );
}

function patternRule({ expression, meaning }: NonNullable<TextField['pattern']>): CelRule {
  return { rule: `self.matches('${celText(expression)}')`, message: `must be ${meaning}` };
}

function lengthRule(lengthMax: number): CelRule {
  return {
    rule: `size(self) <= ${lengthMax}`,
    message: `must be at most ${lengthMax} characters long`,
  };
}

function celText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}

function validations(rules: readonly CelRule[]): Schema {
  return rules.length > 0 ? { 'x-kubernetes-validations': rules } : {};
}
