/**
 * A declarative description of a field of a resource. Everything about the field follows from it: its type here, the
 * checks, the defaults, and the schema of the CustomResourceDefinition.
 */
export type Field = IntegerField | TextField | ObjectField | ListField;

interface Described {
  /** For people: what the field does, in whole sentences. */
  readonly description: string;
}

export interface IntegerField extends Described {
  readonly type: 'integer';
  readonly min: number;
  readonly max: number;
  /** Without one, the field may be absent. */
  readonly default?: number;
}

export interface TextField extends Described {
  readonly type: 'text';
  readonly required?: true;
  readonly default?: string;
  /** The only ones allowed. */
  readonly values?: readonly string[];
  /** A regular expression for the whole text, and how to say it to people. */
  readonly pattern?: { readonly expression: string; readonly meaning: string };
  /** In UTF-16 units, as schemas count. */
  readonly lengthMax?: number;
  /** A rule that a schema can't state; says what is wrong, for people. */
  readonly problem?: (text: string) => string | undefined;
}

/** Absent objects have the defaults of their fields. */
export interface ObjectField extends Described {
  readonly type: 'object';
  readonly fields: Readonly<Record<string, Field>>;
}

/** A list of objects that are told apart by one text field. */
export interface ListField extends Described {
  readonly type: 'list';
  readonly items: ObjectField;
  /** The text field of `items` that has another value in each. */
  readonly key: string;
  readonly itemsMax: number;
}

/** What a field holds once it is checked and the defaults are filled in. */
export type Resolved<F> = F extends { readonly type: 'integer' }
  ? number
  : F extends { readonly type: 'text'; readonly values: readonly (infer V)[] }
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
  | { readonly default: string | number }
  | { readonly required: true }
  | { readonly type: 'object' }
  | { readonly type: 'list' };
