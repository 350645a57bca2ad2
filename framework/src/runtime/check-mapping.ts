import type { Problem, Settings } from '../config';
import type { Entry } from '../load';
import { compileMapping } from '../pipeline';

/** Problems of the mapping of an entry, else of its folder, each where it stands in the file; the portal's is only known when it is asked. */
export function checkMapping(entry: Entry, settings: Settings): Problem[] {
  const mapping = entry.mapping ?? entry.defaultMapping;
  const source = settings.entries.find((candidate) => candidate.identifier === entry.identifier);
  const path = `${source?.settingsPath.replace(/\.(config|source)$/, '') ?? 'integrations'}.mapping`;
  const at = (inside: string): Pick<Problem, 'file' | 'line' | 'column' | 'path'> => {
    const { file, line, column } = settings.locate(`${path}.${inside}`);
    return { file, line, column, path: `${path}.${inside}` };
  };
  const offered = (entry.integration.kinds ?? []).map((kind) => kind.name);
  const compiled = compileMapping(mapping, { ...settings.mapping, env: {} });
  const unknown = compiled.resources
    .filter((resource) => !offered.includes(resource.kind))
    .map((resource): Problem => ({ ...at(`resources[${resource.index}].kind`), code: 'CONFIG_ENUM', severity: 'error', message: `${entry.type} offers no kind ${resource.kind}`, remedy: `use one of ${offered.join(', ')}` }));
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
  return [...unknown, ...expressions];
}
