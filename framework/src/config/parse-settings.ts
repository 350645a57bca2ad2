import type { SettingSpec, SettingsSpec } from '../contract';
import { createLinter } from './lint';
import type { Place } from './problem';
import type { Problem } from './settings';
import type { KeySpec } from './spec';

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
}

export interface ParsedSettings {
  /** Secrets are Secret, durations milliseconds, paths absolute; a member that is absent or invalid is not there. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

const text = { type: 'string', description: 'Text.' } as const;

/** The key that a setting of an integration is. */
export function keySpecOf(setting: SettingSpec): KeySpec {
  const { secret, path, type, ...rest } = setting;
  if (type === 'list') return { ...rest, type, single: true, items: { ...text, ...(path && { path }) } };
  return { ...rest, type: secret === true ? 'secret' : type, ...(path && { path }) };
}

/** Checks values by the spec of an integration. References in the values are followed already (EntrySource.settings); those that lead nowhere were told. */
export function parseSettings(spec: SettingsSpec, values: Readonly<Record<string, unknown>>, place: SettingsPlace): ParsedSettings {
  const { lenient, literal, path } = place;
  const placeOf = (at: string): Place => ({ folder: place.folder, ...place.locate(at) });
  const linter = createLinter({ placeOf, lenient, literal, missing: 'told' });
  const settings = linter.readMembers(Object.fromEntries(Object.entries(spec).map(([key, setting]) => [key, keySpecOf(setting)])), values, path);
  return { settings, problems: linter.problems };
}
