import type { Secret } from './secret';

/** One setting of an integration: parser, linter, documentation and JSON Schema come from it. */
export interface SettingSpec {
  readonly type: 'string' | 'integer' | 'boolean' | 'duration' | 'list' | 'object';
  /** `list`: a single text counts as a list of one. */
  readonly required?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly description: string;
  readonly example?: unknown;
  /** The value is a Secret: it cannot be printed. Only for `string`. */
  readonly secret?: boolean;
  /** A path in the file system: a relative one is taken from the folder of the file that names it; a URL stays as it is. For `string` and `list`. */
  readonly path?: boolean;
  /** Texts inside may be references to variables and files, and secrets: `{fromEnv}`, `{fromFile}` there become a Secret. Only for `object`. */
  readonly references?: boolean;
  /** Texts in it are templates or expressions: references to variables and files are not followed there. For processors and sinks. */
  readonly template?: boolean;
  /** What an object holds, or each object of a list. Omitted: an object holds anything, a list texts. */
  readonly members?: SettingsSpec;
  /** Default in an entry that declares pipelines, instead of `default`. Only beside `default`. */
  readonly pipelineDefault?: unknown;
}
export type SettingsSpec = Readonly<Record<string, SettingSpec>>;

type ValueOf<S extends SettingSpec> = S extends { secret: true }
  ? Secret
  : S['type'] extends 'string'
    ? string
    : S['type'] extends 'integer' | 'duration'
      ? number
      : S['type'] extends 'boolean'
        ? boolean
        : S extends { members: infer TMembers extends SettingsSpec }
          ? S['type'] extends 'list'
            ? readonly SettingsOf<TMembers>[]
            : SettingsOf<TMembers>
          : S['type'] extends 'list'
            ? readonly string[]
            : Readonly<Record<string, unknown>>;

type Given<S extends SettingSpec> = S extends { required: true } ? true : S extends { default: unknown } ? true : false;

/** The parsed settings that a spec gives: required ones and ones with a default are there, the others may be undefined. Durations are milliseconds. */
export type SettingsOf<S extends SettingsSpec> = {
  readonly [K in keyof S as Given<S[K]> extends true ? K : never]: ValueOf<S[K]>;
} & { readonly [K in keyof S as Given<S[K]> extends true ? never : K]?: ValueOf<S[K]> };
