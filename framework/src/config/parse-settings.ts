import type { SettingSpec, SettingsSpec } from '../contract';
import { incomingMembers } from './entry-keys';
import { createLinter } from './lint';
import type { Place } from './problem';
import type { Problem } from './settings';
import type { KeySpec, Members } from './spec';

/** Where the values stand. */
export interface SettingsPlace {
  /** `integrations[3].config`. */
  readonly path: string;
  locate(path: string): Omit<Place, 'folder'> & { readonly folder?: string };
  /** Relative paths are taken from here where `locate` does not know better. */
  readonly folder: string;
  readonly lenient: boolean;
  /** What becomes of secrets in plain text. */
  readonly literal: 'warn' | 'refuse';
  /** The entry declares pipelines: some defaults are others. */
  readonly declared?: boolean;
  /** References that lead nowhere: told by whoever followed them (default), or told here. */
  readonly missing?: 'report' | 'told';
  /** Settings that are given at another place, or may be: here none of them is missed, and no default stands in. */
  readonly elsewhere?: readonly string[];
  /** They stand beside the keys that every integration has, which were read before. */
  readonly besideIncoming?: boolean;
}

export interface ParsedSettings {
  /** Secrets are Secret, durations milliseconds, paths absolute; a member that is absent or invalid is not there. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The settings that are written, also invalid ones. */
  readonly given: readonly string[];
  readonly problems: readonly Problem[];
}

const text = { type: 'string', description: 'Text.' } as const;

/** The key that a setting is. */
export function keySpecOf(setting: SettingSpec, declared = false): KeySpec {
  const { secret, path, type, enum: words, example: _example, template: _template, members, pipelineDefault, ...given } = setting;
  const rest = declared && pipelineDefault !== undefined ? { ...given, default: pipelineDefault } : given;
  const inner = members && keySpecsOf(members, declared);
  if (type === 'list' && inner) return { ...rest, type, items: { type: 'object', description: 'An item.', members: inner } };
  if (type === 'list') return { ...rest, type, single: true, items: { ...text, ...(path && { path }), ...(words && { enum: words }) } };
  return { ...rest, type: secret === true ? 'secret' : type, ...(path && { path }), ...(words && { enum: words }), ...(inner && { members: inner }) };
}

const keySpecsOf = (spec: SettingsSpec, declared?: boolean): Members => Object.fromEntries(Object.entries(spec).map(([key, setting]) => [key, keySpecOf(setting, declared)]));

function optional(spec: KeySpec): KeySpec {
  const { required: _required, default: _default, ...rest } = spec;
  return rest;
}

/** Checks values by the spec of an integration, a processor or a sink. References in the values are followed already. */
export function parseSettings(spec: SettingsSpec, values: Readonly<Record<string, unknown>>, place: SettingsPlace): ParsedSettings {
  const { lenient, literal, path } = place;
  const placeOf = (at: string): Place => ({ folder: place.folder, ...place.locate(at) });
  const options = { placeOf, lenient, literal, missing: place.missing ?? 'told', ...(place.besideIncoming && { besides: { path, keys: Object.keys(incomingMembers) } }) } as const;
  const linter = createLinter(options);
  const members = Object.fromEntries(Object.entries(keySpecsOf(spec, place.declared)).map(([key, one]) => [key, place.elsewhere?.includes(key) ? optional(one) : one]));
  const settings = linter.readMembers(members, values, path);
  const given = [...createLinter(options).split(members, values, path).known.keys()];
  return { settings, given, problems: linter.problems };
}
