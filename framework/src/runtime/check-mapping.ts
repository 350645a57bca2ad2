import type { Problem, Settings } from '../config';
import type { Mapping } from '../contract';
import type { Entry } from '../load';
import { compileMapping, type CompiledMapping } from '../pipeline';

/** Problems of the mapping of an entry, else of its folder, each where it stands in the file; the portal's is only known when it is asked. */
export function checkMapping(entry: Entry, settings: Settings): readonly Problem[] {
  // With declared pipelines the default mapping of the integration does nothing.
  if (entry.pipelines && !entry.mapping) return [];
  const mapping = entry.mapping ?? entry.defaultMapping;
  return compileAt(mapping, { path: `${entry.path}.mapping`, type: entry.type, offered: (entry.integration.kinds ?? []).map((kind) => kind.name), settings }).problems;
}

export interface MappingPlace {
  /** `integrations[0].mapping`. */
  readonly path: string;
  readonly type: string;
  /** Kinds of the integration; absent: not known. */
  readonly offered?: readonly string[] | undefined;
  readonly settings: Settings;
  /** What expressions may read as `env`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What expressions read as `env`: of our environment what `mapping.env` names. */
export const mappingEnv = ({ mapping }: Settings): Readonly<Record<string, string>> =>
  Object.fromEntries(mapping.env.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));

/** Compiles a mapping that stands in the configuration; what is wrong with it is told where it stands. */
export function compileAt(mapping: Mapping, { path, type, offered, settings, env = {} }: MappingPlace): { readonly compiled: CompiledMapping; readonly problems: readonly Problem[] } {
  const at = (inside: string): Pick<Problem, 'file' | 'line' | 'column' | 'path'> => {
    const { file, line, column } = settings.locate(`${path}.${inside}`);
    return { file, line, column, path: `${path}.${inside}` };
  };
  const compiled = compileMapping(mapping, { ...settings.mapping, env });
  const unknown = compiled.resources
    .filter((resource) => offered && !offered.includes(resource.kind))
    .map((resource): Problem => ({ ...at(`resources[${resource.index}].kind`), code: 'CONFIG_ENUM', severity: 'error', message: `${type} offers no kind ${resource.kind}`, remedy: `use one of ${offered?.join(', ')}` }));
  const expressions = compiled.problems.map((problem): Problem => {
    const inside = /^(selector|port\.itemsToParse)/.test(problem.field) ? problem.field : `port.entity.mappings.${problem.field}`;
    return {
      ...at(`resources[${problem.resource}].${inside}`),
      code: 'MAPPING_EXPRESSION',
      severity: problem.severity,
      message: `resources[${problem.resource}].${problem.field}:${problem.line}:${problem.column}: ${problem.message}`,
      remedy: 'mend the expression',
    };
  });
  return { compiled, problems: [...unknown, ...expressions] };
}
