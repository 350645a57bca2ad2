import type { IncomingHttpHeaders } from 'node:http';
import { decodeUtf8 } from './webhook-body';

const JSON_TYPE = /^(?:(?:application|text)\/json|application\/[\w!#$&^.+-]+\+json)\s*(?:;|$)/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(?:;|$)/i;
const FIELD = 'payload=';

/** The JSON text of a body; `unsupported`: it claims to be something that is not taken; `unreadable`: it is no UTF-8. */
export type Content = { readonly text: string } | 'unsupported' | 'unreadable';

/** Reads a body by what its headers say. `takesForm`: the JSON may stand in the field `payload` of a form. */
export function contentOf(headers: IncomingHttpHeaders, body: Buffer, takesForm: boolean): Content {
  const { 'content-type': type = '', 'content-encoding': encoding = '' } = headers;
  if (encoding !== '' && encoding.toLowerCase() !== 'identity') return 'unsupported';
  if (type === '' || JSON_TYPE.test(type)) return readable(decodeUtf8(body));
  if (!takesForm || !FORM_TYPE.test(type)) return 'unsupported';
  const field = body.toString('latin1').split('&').find((part) => part.startsWith(FIELD));
  return field === undefined ? 'unsupported' : readable(decodeField(field.slice(FIELD.length)));
}

const readable = (text: string | undefined): Content => (text === undefined ? 'unreadable' : { text });

function decodeField(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return undefined; // no percent-encoded UTF-8
  }
}
