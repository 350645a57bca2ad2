import { FrameworkError } from '../../contract';
import { objectOf, type limiter } from '../../shared';
import type { DocumentItem, SinkResult } from '../sink';
import { isPassing, isSuccess, type HttpAnswer, type HttpClient } from './http-client';

export type Failure = Exclude<SinkResult, { readonly is: 'ok' }>;

// Enough for a sentence and the field it names; an answer may quote a whole document.
const LONGEST = 300;

/** The server's own words, when it says some in JSON. */
function saidBy(answer: HttpAnswer): string {
  if (answer.status === 0) return answer.text;
  const body = objectOf(answer.text);
  const words = [body?.['message'], body?.['error'], body?.['error_description']].find((word) => typeof word === 'string' && word !== '');
  return typeof words === 'string' ? words : '';
}

/** What an answer without success means for the items behind it. `what` is method and path, without the query. */
export function failureOf(answer: HttpAnswer, what: string, client: HttpClient): Failure {
  const { status, afterMs } = answer;
  const said = client.clean(saidBy(answer)).slice(0, LONGEST);
  const error = `${what}: ${[status === 0 ? '' : String(status), said].filter((part) => part !== '').join(' ')}`;
  if (status === 401) return { is: 'retry', error: `${error} (our credentials were refused)` };
  if (isPassing(status)) return { is: 'retry', error, ...(afterMs !== undefined && { afterMs }) };
  if (status === 413) return { is: 'refused', code: 'TOO_LARGE', error };
  // Where it points elsewhere, or answers nothing that can be read as a refusal, the address is at fault and not the document.
  return status >= 400 ? { is: 'refused', error } : { is: 'retry', error };
}

/** Throws when the server is away or refuses our credentials. Any other answer shows that it is there. */
export function assertThere(answer: HttpAnswer, what: string, client: HttpClient): void {
  if (isSuccess(answer.status) || (!isPassing(answer.status) && answer.status !== 401)) return;
  throw new FrameworkError('SINK_AWAY', [failureOf(answer, what, client).error]);
}

export interface SendEach {
  readonly limit: ReturnType<typeof limiter>;
  readonly signal: AbortSignal;
  /** Never rejects but with an abort. */
  send(item: DocumentItem, signal: AbortSignal): Promise<SinkResult>;
}

/** So many failures in a row, and the rest of a batch is not tried. */
const ENOUGH = 8;

/**
 * One call for each item, several at a time, those of one thing one after another. What comes behind an item of the same thing that has to be sent again waits with it;
 * so does everything once nothing passes any more, and what a stop cut off.
 */
export async function sendEach(items: readonly DocumentItem[], { limit, signal, send }: SendEach): Promise<readonly SinkResult[]> {
  let inRow = 0;
  let last: Failure | undefined;
  const before = new Map<string, Promise<SinkResult>>();
  const one = async (item: DocumentItem): Promise<SinkResult> => {
    if (signal.aborted) return STOPPED;
    if (inRow >= ENOUGH && last) return last;
    try {
      const result = await send(item, signal);
      inRow = result.is === 'retry' ? inRow + 1 : 0;
      if (result.is === 'retry') last = result;
      return result;
    } catch (err) {
      if (signal.aborted) return STOPPED;
      throw err;
    }
  };
  return Promise.all(
    items.map((item) => {
      const earlier = before.get(item.canonicalId);
      const result = earlier ? earlier.then((given) => (given.is === 'retry' ? given : limit(() => one(item)))) : limit(() => one(item));
      before.set(item.canonicalId, result);
      return result;
    }),
  );
}

export const STOPPED: Failure = { is: 'retry', error: 'stopped before it was sent' };
