import type { ProblemCode } from './codes';
import type { Problem } from './settings';

/** Where something stands. `folder`: what relative paths there are taken from. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly folder: string;
}

/** `FILE:LINE:COLUMN: CODE what; what to do`. */
export function formatProblem(problem: Problem): string {
  const remedy = problem.remedy === '' ? '' : `; ${problem.remedy}`;
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.code} ${problem.message}${remedy}`;
}

/** By file, line, column; what stands at one place keeps its order. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const byFile = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
  return [...problems].sort((a, b) => byFile(a.file, b.file) || a.line - b.line || a.column - b.column);
}

export const isError = (problem: Problem): boolean => problem.severity === 'error';

/** A code, what is wrong, what to do about it. */
export interface Finding {
  readonly code: ProblemCode;
  readonly message: string;
  readonly remedy: string;
  readonly severity?: Problem['severity'];
}

/** A problem at a place. */
export function problemAt(place: Place, path: string, finding: Finding): Problem {
  const { file, line, column } = place;
  return { file, line, column, path, code: finding.code, severity: finding.severity ?? 'error', message: finding.message, remedy: finding.remedy };
}
