import type { Secret } from '../contract';

/**
 * One configuration key. The linter, the defaults, the types below, the JSON Schema and docs/configuration.md all come from values of this shape,
 * so a key is described once. Settings of integrations (SettingSpec) become the same shape.
 */
export interface KeySpec {
  /** `expression`: a JQ expression, hence any scalar that is not null, or where `query` is set a search query. `any`: kept as written. */
  readonly type: 'string' | 'secret' | 'integer' | 'number' | 'boolean' | 'duration' | 'instant' | 'list' | 'object' | 'expression' | 'any';
  readonly description: string;
  readonly required?: boolean;
  /** As it would be written in the file. */
  readonly default?: unknown;
  /** What the reference page says where the default is computed. */
  readonly defaultText?: string;
  readonly enum?: readonly string[];
  /** Words that will be in the enum: they are told as such. */
  readonly later?: readonly string[];
  /** The enum is compared without regard to case; the value takes the spelling of the enum. */
  readonly anyCase?: boolean;
  /** Least value, length of a list, or milliseconds of a duration. */
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: { readonly regexp: RegExp; readonly says: string };
  /** A path in the file system: relative ones are taken from the folder of the file that names them. */
  readonly path?: boolean;
  /** A value in capitals is the name of an environment variable. */
  readonly capitals?: boolean;
  /** A literal secret: accepted with a warning (default), refused, or accepted in silence. */
  readonly literal?: 'warn' | 'refuse';
  /** This word may stand instead of the value. */
  readonly word?: string;
  /** Of an object. Absent: any members. */
  readonly members?: Members;
  /** Further members of an object are kept as they are. */
  readonly open?: boolean;
  /** Of an object: members are kept as they are, for whoever knows their keys; references that lead nowhere are told here. */
  readonly unread?: boolean;
  /** Of a list; of an object without `members`: of every member. */
  readonly items?: KeySpec;
  /** A single value counts as a list of one. */
  readonly single?: boolean;
  /** An expression may be a search query, or a list of objects may be one object. */
  readonly query?: boolean;
  /** Of free members: what a reference gave stays a Secret; an object that is no reference is refused. */
  readonly references?: boolean;
  /** The path of a file may stand instead of its content. */
  readonly file?: boolean;
  /** Other accepted names. */
  readonly aliases?: readonly string[];
  /** An explicit null is a value. */
  readonly nullable?: boolean;
  /** Of an object with a member `type`, for the schema: further members by type. */
  readonly variants?: {
    /** Name of that member, where it is another one. */
    readonly by?: string;
    readonly members: Readonly<Record<string, Members>>;
    /** Types that are not among them are allowed too. */
    readonly others: boolean;
    /** They say more of members that are there, and bring none of their own. */
    readonly refine?: boolean;
  };
}
export type Members = Readonly<Record<string, KeySpec>>;

type Value<S extends KeySpec> = S extends { enum: readonly (infer TWord extends string)[] }
  ? TWord
  : S['type'] extends 'string'
    ? string
    : S['type'] extends 'secret'
      ? Secret
      : S['type'] extends 'integer' | 'number' | 'duration' | 'instant'
        ? number
        : S['type'] extends 'boolean'
          ? boolean
          : S extends { type: 'list'; items: infer TItem extends KeySpec }
            ? readonly Parsed<TItem>[]
            : S extends { type: 'object'; members: infer TMembers extends Members }
              ? ParsedMembers<TMembers>
              : S extends { type: 'object'; items: infer TItem extends KeySpec }
                ? Readonly<Record<string, Parsed<TItem>>>
              : S['type'] extends 'object'
                ? Readonly<Record<string, unknown>>
                : unknown;

type Given<S extends KeySpec> = S extends { required: true } ? true : S extends { default: unknown } ? true : false;

/** What reading a value of this spec gives. Durations are milliseconds, instants epoch milliseconds. */
export type Parsed<S extends KeySpec> = Value<S> | (S extends { word: infer TWord } ? TWord : never);
export type ParsedMembers<M extends Members> = {
  readonly [K in keyof M as Given<M[K]> extends true ? K : never]: Parsed<M[K]>;
} & { readonly [K in keyof M as Given<M[K]> extends true ? never : K]?: Parsed<M[K]> };

/** The same, where what is invalid is not there. */
export type SomeMembers<M extends Members> = { readonly [K in keyof M]?: Parsed<M[K]> };

/** Keeps the literal types of a spec, so that Parsed can compute from them. */
export const members = <const M extends Members>(value: M): M => value;
