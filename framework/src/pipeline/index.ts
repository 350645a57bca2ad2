export { compileExpression, coverage, type CompiledExpression } from './mapping/compile-expression';
export { compileMapping, selectorHash, type MappingLimits } from './mapping/compile-mapping';
export { endJq as closeMapping } from './mapping/engine/engine';
export { countingOf, newMapReport } from './mapping/report';
export type * from './mapping/types';
export {
  compileTemplate,
  createProcessor,
  processorSettings,
  processorTypes,
  reads,
  type CompiledTemplate,
  type Reads,
  type Template,
  type TemplateProblem,
} from './processors';
export type * from './processors/types';
