import { closest } from './closest.ts';
import type { Field, IntegerField, ListField, ObjectField, TextField } from './field.ts';

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
    case 'text':
      return textProblems(field, value, path);
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

function integerProblems(field: IntegerField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value)) return [];
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return [{ path, message: `must be a whole number, is ${described(value)}` }];
  }
  if (value >= field.min && value <= field.max) return [];
  return [{ path, message: `must be between ${field.min} and ${field.max}, is ${value}` }];
}

function textProblems(field: TextField, value: unknown, path: Path): Problem[] {
  if (isAbsent(value)) return field.required ? [{ path, message: 'is missing' }] : [];
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
    return `must be ${field.pattern.meaning}, is ${described(text)}`;
  }
  return field.problem?.(text);
}

function objectProblems(field: ObjectField, value: unknown, path: Path): Problem[] {
  if (!isAbsent(value) && !isObject(value)) {
    return [{ path, message: `must be an object, is ${described(value)}` }];
  }
  const object = isAbsent(value) ? {} : value;
  const known = Object.keys(field.fields);
  const unknown = Object.keys(object).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name): Problem => {
      return { path: [...path, name], message: unknownField(name, known), atKey: true };
    }),
    ...Object.entries(field.fields).flatMap(([name, child]) => {
      return problemsOf(child, object[name], [...path, name]);
    }),
  ];
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
    const key = isObject(item) ? item[field.key] : undefined;
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

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message: bounded, on one line. */
export function described(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = typeof value === 'string' ? value : String(value as number | boolean);
  const bounded = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return typeof value === 'string' ? JSON.stringify(bounded) : bounded;
}
