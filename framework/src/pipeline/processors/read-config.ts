import type { SettingSpec, SettingsOf, SettingsSpec } from '../../contract';
import { isObject, parseDuration } from '../../shared';
import type { ProcessorProblem } from './types';

interface Wrong {
  readonly code: 'CONFIG_TYPE' | 'CONFIG_ENUM' | 'CONFIG_LIMIT';
  readonly message: string;
  readonly remedy: string;
}

const NAMES = {
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  duration: 'a duration such as 5s',
  list: 'a list of texts',
  object: 'an object',
} as const satisfies Readonly<Record<SettingSpec['type'], string>>;

function parseValue(spec: SettingSpec, value: unknown): unknown {
  switch (spec.type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'integer':
      return Number.isInteger(value) ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'duration':
      return typeof value === 'string' ? parseDuration(value) : undefined;
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
    case 'object':
      return isObject(value) ? value : undefined;
  }
}

function readValue(spec: SettingSpec, value: unknown): { readonly parsed: unknown } | Wrong {
  const parsed = parseValue(spec, value);
  if (parsed === undefined) return { code: 'CONFIG_TYPE', message: `must be ${NAMES[spec.type]}`, remedy: `write ${NAMES[spec.type]}` };
  if (spec.enum && !spec.enum.includes(parsed as string)) return { code: 'CONFIG_ENUM', message: `must be one of ${spec.enum.join(', ')}`, remedy: 'choose one' };
  if (spec.min !== undefined && (parsed as number) < spec.min) return { code: 'CONFIG_LIMIT', message: `is less than ${spec.min}`, remedy: `write at least ${spec.min}` };
  return { parsed };
}

/** The settings of a processor, as its spec says; undefined when one of them is wrong. `type` belongs to the registry and is passed over. */
export function readConfig<const S extends SettingsSpec>(
  spec: S,
  config: Readonly<Record<string, unknown>>,
  lenient: boolean,
): { readonly settings: SettingsOf<S> | undefined; readonly problems: readonly ProcessorProblem[] } {
  const problems: ProcessorProblem[] = [];
  const settings: Record<string, unknown> = {};
  for (const key of Object.keys(config)) {
    if (key === 'type' || Object.hasOwn(spec, key)) continue;
    const remedy = `remove it; known are ${Object.keys(spec).join(', ')}`;
    problems.push({ path: key, code: 'CONFIG_UNKNOWN_KEY', severity: lenient ? 'warning' : 'error', message: `${key} is not known here`, remedy });
  }
  for (const [key, member] of Object.entries(spec)) {
    const value = config[key] ?? member.default;
    if (value === undefined || value === null) {
      if (member.required === true) problems.push({ path: key, code: 'CONFIG_REQUIRED', severity: 'error', message: `${key} is missing`, remedy: `write ${NAMES[member.type]}` });
      continue;
    }
    const read = readValue(member, value);
    if ('parsed' in read) settings[key] = read.parsed;
    else problems.push({ path: key, code: read.code, severity: 'error', message: `${key} ${read.message}`, remedy: read.remedy });
  }
  return { settings: problems.some(isError) ? undefined : (settings as SettingsOf<S>), problems };
}

export const isError = (problem: ProcessorProblem): boolean => problem.severity === 'error';
