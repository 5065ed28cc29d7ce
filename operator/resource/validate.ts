import { closest } from './closest.ts';
import { resolve } from './defaults.ts';
import type {
  Field,
  IntegerField,
  ListField,
  MapField,
  ObjectField,
  QuantityField,
  TextField,
} from './field.ts';
import { parseQuantity, quantityPattern } from './quantity.ts';
import { described, isAbsent, isObject } from './value.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** For people; goes on from the path: `must be between 1 and 100, is 0`. */
  readonly message: string;
  /** It is the name of the field that is wrong, not its value. */
  readonly atKey?: true;
}

/** Everything that is wrong with a value, in the order of the value. Absent and null are the same. */
export function problemsOf(field: Field, value: unknown, path: Path): Problem[] {
  switch (field.type) {
    case 'integer':
      return integerProblems(field, value, path);
    case 'boolean':
      if (isAbsent(value)) return missing(field.required, path);
      return typeof value === 'boolean'
        ? []
        : [{ path, message: `must be true or false, is ${described(value)}` }];
    case 'text':
      return textProblems(field, value, path);
    case 'quantity':
      return quantityProblems(field, value, path);
    case 'map':
      return mapProblems(field, value, path);
    case 'object':
      return objectProblems(field, value, path);
    case 'list':
      return listProblems(field, value, path);
  }
}

/** `spec.caches[0].name` */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

function missing(required: true | undefined, path: Path): Problem[] {
  return required ? [{ path, message: 'is missing' }] : [];
}

function integerProblems(field: IntegerField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value)) return missing(field.required, path);
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return [{ path, message: `must be a whole number, is ${described(value)}` }];
  }
  if (value >= field.min && value <= field.max) return [];
  return [{ path, message: `must be between ${field.min} and ${field.max}, is ${value}` }];
}

function textProblems(field: TextField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value)) return missing(field.required, path);
  if (typeof value !== 'string') {
    return [{ path, message: `must be text, is ${described(value)}` }];
  }
  const message = textProblem(field, value);
  return message === undefined ? [] : [{ path, message }];
}

function textProblem(field: TextField, text: string): string | undefined {
  if (field.values && !field.values.includes(text)) {
    return `must be ${field.values.join(' or ')}, is ${described(text)}`;
  }
  if (field.lengthMax !== undefined && text.length > field.lengthMax) {
    return `must be at most ${field.lengthMax} characters long, is ${text.length}`;
  }
  if (field.pattern && !new RegExp(field.pattern.expression).test(text)) {
    const is = field.isConfidential ? '' : `, is ${described(text)}`;
    return `must be ${field.pattern.meaning}${is}`;
  }
  return field.problem?.(text);
}

function quantityProblems({ min, max }: QuantityField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value)) return [];
  const amount =
    typeof value === 'string' || Number.isInteger(value)
      ? parseQuantity(value as string | number)
      : undefined;
  if (amount === undefined) {
    return [{ path, message: `must be ${quantityPattern.meaning}, is ${described(value)}` }];
  }
  if (amount >= (parseQuantity(min) ?? 0n) && amount <= (parseQuantity(max) ?? 0n)) return [];
  return [{ path, message: `must be between ${min} and ${max}, is ${described(value)}` }];
}

function mapProblems(field: MapField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value)) return [];
  if (!isObject(value)) return [{ path, message: `must be an object, is ${described(value)}` }];
  const entries = Object.entries(value);
  if (entries.length > field.entriesMax) {
    const message = `holds ${entries.length} names, at most ${field.entriesMax} are allowed`;
    return [{ path, message }];
  }
  const { names, values } = field;
  return entries.flatMap(([name, text]): Problem[] => {
    const at = [...path, name];
    if (!new RegExp(names.expression).test(name)) {
      const message = `must be named by ${names.meaning}, is ${described(name)}`;
      return [{ path: at, message, atKey: true }];
    }
    const { expression, lengthMax, meaning } = values;
    const asText: TextField = {
      type: 'text',
      description: '',
      required: true,
      lengthMax,
      pattern: { expression, meaning },
    };
    return textProblems(asText, text, at);
  });
}

function objectProblems(field: ObjectField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value) && field.required) return missing(field.required, path);
  if (!isAbsent(value) && !isObject(value)) {
    return [{ path, message: `must be an object, is ${described(value)}` }];
  }
  const object = isAbsent(value) ? (field.default ?? {}) : value;
  const known = Object.keys(field.fields);
  const unknown = Object.keys(object).filter((name) => !known.includes(name));
  const problems = [
    ...unknown.map((name): Problem => {
      return { path: [...path, name], message: unknownField(name, known), atKey: true };
    }),
    ...Object.entries(field.fields).flatMap(([name, child]) => {
      return problemsOf(child, object[name], [...path, name]);
    }),
  ];
  // Rules are about objects that make sense field by field.
  return problems.length > 0 ? problems : ruleProblems(field, value, path);
}

function ruleProblems(
  { rules = [], ...field }: ObjectField,
  value: unknown,
  path: Path,
): Problem[] {
  if (rules.length === 0) return [];
  const resolved = resolve(field, value);
  return rules
    .filter((rule) => !rule.holds(resolved))
    .map(({ at, message }) => ({ path: [...path, ...at], message }));
}

function listProblems(field: ListField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) {
    return [{ path, message: `must be a list, is ${described(value)}` }];
  }
  if (value.length > field.itemsMax) {
    const message = `holds ${value.length} items, at most ${field.itemsMax} are allowed`;
    return [{ path, message }];
  }
  const firstWith = new Map<string, number>();
  return value.flatMap((item: unknown, index) => {
    const problems = problemsOf(field.items, item, [...path, index]);
    if (field.key === undefined || !isObject(item)) return problems;
    const key = item[field.key];
    if (typeof key !== 'string') return problems;
    const first = firstWith.get(key);
    if (first === undefined) firstWith.set(key, index);
    else {
      const message = `${described(key)} is already the ${field.key} of ${formatPath([...path, first])}`;
      problems.push({ path: [...path, index, field.key], message });
    }
    return problems;
  });
}

/** The message for a field that isn't among `known`. */
export function unknownField(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  return meant === undefined
    ? `unknown field; known are ${known.join(', ')}`
    : `unknown field; did you mean ${meant}?`;
}
