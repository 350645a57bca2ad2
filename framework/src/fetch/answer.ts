import { FrameworkError, isObject, parseJson, type HttpAnswer, type HttpRequest } from '../contract';
import type { Incoming, Outgoing } from './outgoing';
import type { Redact } from './redact';

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** The answer with its body parsed. Throws SOURCE_UNREADABLE when a success is not JSON; what else comes with an error has no body. */
export function readAnswer(incoming: Incoming, outgoing: Outgoing): HttpAnswer {
  const { status, headers, text } = incoming;
  if (text.trim() === '') return { status, headers, body: undefined };
  try {
    return { status, headers, body: parseJson(text) };
  } catch {
    if (!isSuccess(status)) return { status, headers, body: undefined };
    // The reason of the parser quotes the text, which may be anybody's data.
    throw new FrameworkError('SOURCE_UNREADABLE', [outgoing.subject, `its answer of type ${headers['content-type'] ?? 'unknown'} is something else; is the address right?`], { status });
  }
}

const texts = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(texts);
  return isObject(value) ? Object.values(value).flatMap(texts) : [];
};

// Where vendors say in words why they refuse. Nothing else of a body goes into a message.
const REASONS = ['message', 'error', 'error_description', 'errorMessages', 'errors', 'detail', 'title'];

function reasonOf(answer: HttpAnswer, redact: Redact): string {
  const { body } = answer;
  const said = isObject(body) ? REASONS.flatMap((name) => texts(body[name])).join('; ') : '';
  return said === '' ? String(answer.status) : `${answer.status}: ${redact(said).slice(0, 300)}`;
}

/** The answer, when it is one that the request takes; else the error that its status means. */
export function assertAnswer(answer: HttpAnswer, outgoing: Outgoing, options: { readonly accept: HttpRequest['accept']; readonly redact: Redact }): HttpAnswer {
  const { status } = answer;
  if (isSuccess(status) || options.accept?.includes(status)) return answer;
  if (status === 404) throw new FrameworkError('SOURCE_NOT_FOUND', [outgoing.subject], { status });
  if (status === 401 || status === 403) throw new FrameworkError('SOURCE_REFUSED', [options.redact(outgoing.url.host), reasonOf(answer, options.redact)], { status });
  throw new FrameworkError('SOURCE_FAILED', [outgoing.subject, reasonOf(answer, options.redact)], { status });
}
