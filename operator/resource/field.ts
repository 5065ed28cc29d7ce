/**
 * A declarative description of a field of a resource. Everything about the field follows from it: its type here, the
 * checks, the defaults, and the schema of the CustomResourceDefinition.
 */
export type Field =
  | IntegerField
  | BooleanField
  | TextField
  | QuantityField
  | ObjectField
  | MapField
  | ListField;

interface Described {
  /** For people: what the field does, in whole sentences. */
  readonly description: string;
}

export interface IntegerField extends Described {
  readonly type: 'integer';
  readonly required?: true;
  readonly min: number;
  readonly max: number;
  /** Without one, the field may be absent. */
  readonly default?: number;
}

export interface BooleanField extends Described {
  readonly type: 'boolean';
  readonly required?: true;
  readonly default?: boolean;
}

export interface TextField extends Described {
  readonly type: 'text';
  readonly required?: true;
  readonly default?: string;
  /** The only ones allowed. */
  readonly values?: readonly string[];
  /** A regular expression (of what JavaScript and RE2 have in common) for the whole text, and how to say it to people. */
  readonly pattern?: Pattern;
  /** In UTF-16 units, as schemas count. */
  readonly lengthMax?: number;
  /** Somebody may have written a password into it: messages don't repeat it. */
  readonly isConfidential?: true;
  /** A time: ISO 8601. */
  readonly format?: 'date-time';
  /** Rules that a schema can't state; says what is wrong, for people. */
  readonly problem?: (text: string) => string | undefined;
  /** The same rules for an API server. */
  readonly cel?: readonly CelRule[];
}

export interface Pattern {
  readonly expression: string;
  readonly meaning: string;
}

/** An amount as Kubernetes writes it: a whole number, or text such as `500m`, `1.5` or `1Gi`. */
export interface QuantityField extends Described {
  readonly type: 'quantity';
  readonly min: string;
  readonly max: string;
}

/** Absent objects have the defaults of their fields, or their own. */
export interface ObjectField extends Described {
  readonly type: 'object';
  readonly required?: true;
  readonly fields: Readonly<Record<string, Field>>;
  /** Of all of it: an object that is there is not filled up from it. */
  readonly default?: Readonly<Record<string, unknown>>;
  readonly rules?: readonly Rule[];
}

/** Text by name. */
export interface MapField extends Described {
  readonly type: 'map';
  readonly names: Pattern;
  readonly values: Pattern & { readonly lengthMax: number };
  readonly entriesMax: number;
}

export interface ListField extends Described {
  readonly type: 'list';
  readonly items: ObjectField;
  /** The text field of `items` that has another value in each. Without one, the list is one value to whoever merges. */
  readonly key?: string;
  readonly itemsMax: number;
}

/** A rule of the Common Expression Language, as API servers check it; `self` is the value with its defaults. */
export interface CelRule {
  readonly rule: string;
  /** What must be so; goes on from the path, for people. */
  readonly message: string;
}

/** A rule on several fields of an object, once for each judge. */
export interface Rule extends CelRule {
  /** The field to look at, from the object on. */
  readonly at: readonly string[];
  /** Whether the object, with its defaults, follows the rule. */
  holds(object: unknown): boolean;
}

/** What a field holds once it is checked and the defaults are filled in. */
export type Resolved<F> = F extends { readonly type: 'integer' }
  ? number
  : F extends { readonly type: 'boolean' }
    ? boolean
    : F extends { readonly type: 'quantity' }
      ? string | number
      : F extends { readonly type: 'map' }
        ? Readonly<Record<string, string>>
        : ResolvedText<F>;

type ResolvedText<F> = F extends { readonly type: 'text'; readonly values: readonly (infer V)[] }
  ? V
  : F extends { readonly type: 'text' }
    ? string
    : F extends { readonly type: 'list'; readonly items: infer I }
      ? readonly Resolved<I>[]
      : F extends { readonly type: 'object'; readonly fields: infer O }
        ? ResolvedFields<O>
        : never;

type ResolvedFields<O> = {
  readonly [K in keyof O as O[K] extends Present ? K : never]: Resolved<O[K]>;
} & {
  readonly [K in keyof O as O[K] extends Present ? never : K]?: Resolved<O[K]>;
};

/** Fields that are there after resolving, whatever the user wrote. */
type Present =
  | { readonly default: string | number | boolean }
  | { readonly required: true }
  | { readonly type: 'object' }
  | { readonly type: 'list' };
