export { codes, type ProblemCode } from './codes';
export { nearest } from './nearest';
export * from './parse-settings';
export { formatProblem, isError, problemAt, sortProblems } from './problem';
export { mappingProblems, readDocument, type ReadDocument } from './read-document';
export { isUsable, readSettings, type ReadOptions } from './read-settings';
export { configReference } from './reference';
export { configSchema } from './schema';
export type * from './settings';
