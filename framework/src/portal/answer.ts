import { FrameworkError, isObject } from '../contract';
import { objectOf } from '../shared';

/** What came of a call after its retries. Status 0: no answer, and `failure` says why. */
export interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly failure?: string;
  /** Sent more than once, so an earlier send may have had its effect. */
  readonly resent: boolean;
}

/** The portal's own words about a failure. */
export interface Complaint {
  /** `error` of the envelope, else `network` or `http_<status>`. */
  readonly code: string;
  readonly message: string;
}

// Enough for a sentence and the field it names; an answer may quote a whole entity.
const LONGEST = 500;

export const succeeded = (outcome: Outcome): boolean => outcome.status >= 200 && outcome.status < 300;

export const shorten = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

/** `clean` takes our secrets out: a portal may echo what it was sent. */
export function complaintOf(outcome: Outcome, clean: (text: string) => string): Complaint {
  if (outcome.status === 0) return { code: 'network', message: clean(outcome.failure ?? 'no answer') };
  const envelope = objectOf(outcome.text);
  const code = typeof envelope?.['error'] === 'string' && envelope['error'] !== '' ? envelope['error'] : `http_${outcome.status}`;
  const words = [typeof envelope?.['message'] === 'string' ? envelope['message'] : code];
  if (envelope === undefined) words.push(succeeded(outcome) ? 'the answer is not a JSON object; is port.baseUrl right?' : 'no JSON in the answer');
  if (isObject(envelope?.['details']) || Array.isArray(envelope?.['details'])) words.push(JSON.stringify(envelope['details']));
  const trace = outcome.headers['x-trace-id'];
  // Cleaned before it is cut, or the cut could leave half a secret.
  return { code: shorten(clean(code)), message: `${shorten(clean(words.join(' ')))}${trace === undefined ? '' : ` (trace ${trace})`}` };
}

/** The error for a call that did not succeed. `what` is method and path, without the query. */
export function errorOf(what: string, outcome: Outcome, complaint: Complaint): FrameworkError {
  const { status } = outcome;
  if (status === 0) return new FrameworkError('PORTAL_UNREACHABLE', [`${what}: ${complaint.message}`]);
  if (status === 408 || status === 429 || status >= 500) return new FrameworkError('PORTAL_UNREACHABLE', [`${status} to ${what}: ${complaint.message}`], { status });
  if (status === 401) return new FrameworkError('PORTAL_REFUSED', [`401 to ${what}: ${complaint.message}`], { status });
  return new FrameworkError('PORTAL_ANSWER', [status, what, complaint.message], { status });
}
