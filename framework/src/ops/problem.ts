import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { FrameworkError, type ErrorCode } from '../contract';

/** The body of every error. */
export const problemSchema = z.strictObject({
  error: z.string().describe('Reason phrase of the status'),
  code: z.string().optional().describe('Stable code of the error table'),
  message: z.string().describe('What happened, to what, what to do'),
});

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 500 | 503;

export interface ProblemAnswer {
  readonly status: ProblemStatus;
  readonly body: z.input<typeof problemSchema>;
  readonly headers?: Readonly<Record<string, string>>;
}

export const problem = (status: ProblemStatus, message: string, code?: string): ProblemAnswer => ({
  status,
  body: { error: STATUS_CODES[status] ?? 'Error', ...(code !== undefined && { code }), message },
  ...(status === 503 && { headers: { 'retry-after': '5' } }),
});

const STATUS: Partial<Record<ErrorCode, ProblemStatus>> = {
  ENTRY_UNKNOWN: 404,
  ENTRY_REFUSED: 409,
  KIND_UNKNOWN: 400,
  CONNECTOR_MISSING: 409,
  TARGET_UNKNOWN: 404,
  TARGET_INVALID: 400,
  TARGET_NAME_TAKEN: 409,
  TARGET_FIXED: 409,
  STORE_UNREACHABLE: 503,
  STORE_CONTENDED: 503,
};

/** The answer to whatever a handler threw; undefined for what the table does not know: a bug, whose message is not for callers. */
export function problemOf(thrown: unknown): ProblemAnswer | undefined {
  if (thrown instanceof FrameworkError) return problem(STATUS[thrown.code] ?? 500, thrown.message, thrown.code);
  // Express and its body reader speak by errors with a status of their own (413, 415, 400 for a path that does not decode).
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  if (status === 413) return problem(413, 'the body is larger than 1 MiB');
  if (status === 415) return problem(415, 'an encoded body is not accepted; send it as it is');
  if (status === 400) return problem(400, 'the request could not be read');
  return undefined;
}
