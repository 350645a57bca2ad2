import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { errorsByCode, type AuditErrorCode } from '../audit';
import { FrameworkError, type ErrorCode } from '../contract';

/** The body of every error. */
export const problemSchema = z.strictObject({
  error: z.string().describe('Reason phrase of the status'),
  code: z.string().optional().describe('Stable code of the error, for programs'),
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

/** The answer for an error of the catalogue, with its status; 500 for one that it does not have. */
export const refusal = (code: AuditErrorCode | ErrorCode, message: string): ProblemAnswer => problem(errorsByCode.get(code)?.httpStatus ?? 500, message, code);

/** The answer to whatever a handler threw; undefined for what the table does not know: a bug, whose message is not for callers. */
export function problemOf(thrown: unknown): ProblemAnswer | undefined {
  if (thrown instanceof FrameworkError) return refusal(thrown.code, thrown.message);
  // Express and its body reader speak by errors with a status of their own (413, 415, 400 for a path that does not decode).
  const status = thrown instanceof Error && 'status' in thrown ? thrown.status : undefined;
  if (status === 413) return problem(413, 'the body is larger than 1 MiB');
  if (status === 415) return problem(415, 'an encoded body is not accepted; send it as it is');
  if (status === 400) return problem(400, 'the request could not be read');
  return undefined;
}
