import { childPath } from '../../config';
import { secretsIn, toJson, type SettingsOf } from '../../contract';
import { limiter, type JsonObject } from '../../shared';
import type { DocumentItem, SinkProblem, SinkResult, SinkType } from '../sink';
import { assertThere, failureOf, sendEach } from './answers';
import { badName, eventOf, fieldsOf, identityOf, NO_OBJECT, shownUrl, unsettable, urlProblems, withSlash } from './document';
import { isSuccess, openHttp, type HttpCall } from './http-client';
import { textOf } from './references';

const settings = {
  url: { type: 'string', required: true, description: 'Address of the collection: http://crud-service/items. The slash at its end is optional.' },
  insertOnly: { type: 'boolean', default: false, description: 'A history: one new document for each event, deletes too.' },
  primaryKeyFieldName: { type: 'string', default: '_eventId', description: 'Field of the document that holds its key, an object. No dot, no leading $.' },
  headers: { type: 'object', references: true, default: {}, description: 'Headers of every request, such as credentials.', example: { authorization: { fromEnv: 'CRUD_TOKEN' } } },
  timeout: { type: 'duration', default: '10s', min: 1, description: 'Time limit of a request.' },
} as const;
type Settings = SettingsOf<typeof settings>;

/** What HTTP takes as the name of a header. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const IN_FLIGHT = 8;
/** Members of the key object that are no keys of the vendor's. */
const OWN: ReadonlySet<string> = new Set(['kind', 'scope', 'eventId']);

/** A collection of Mia-Platform's CRUD Service: upserts and deletes by the key of the thing; with `insertOnly` one document for each event. */
export const crudService: SinkType<Settings> = {
  settings,
  insertOnly: ({ insertOnly }) => insertOnly,
  nameOf: ({ url }) => `crud-service:${shownUrl(url)}`,
  problems({ url, primaryKeyFieldName, headers }): readonly SinkProblem[] {
    const problems = [...urlProblems(url)];
    if (/[?#]/.test(url)) problems.push({ path: 'url', code: 'CONFIG_INVALID', severity: 'error', message: 'url has a query or a fragment, and paths are put behind it', remedy: 'end it with the collection: http://crud-service/items' });
    if (primaryKeyFieldName === '' || primaryKeyFieldName.includes('.') || primaryKeyFieldName.startsWith('$')) {
      problems.push({ path: 'primaryKeyFieldName', code: 'FIELD_NAME', severity: 'error', message: 'primaryKeyFieldName must be a name without a dot that does not begin with $', remedy: 'choose another name' });
    }
    for (const [name, value] of Object.entries(headers)) {
      const path = childPath('headers', name);
      if (!HEADER_NAME.test(name)) problems.push({ path, code: 'CONFIG_INVALID', severity: 'error', message: `${JSON.stringify(name)} is no name of a header`, remedy: 'correct it' });
      if (textOf(value) === undefined) problems.push({ path, code: 'CONFIG_TYPE', severity: 'error', message: `headers.${name} must be text`, remedy: 'put it in quotes' });
    }
    return problems;
  },
  create(given, { name, clock }) {
    const { insertOnly, primaryKeyFieldName: field } = given;
    const base = withSlash(given.url);
    const shown = shownUrl(given.url);
    const client = openHttp({ url: base, timeoutMs: given.timeout, clock, secrets: () => secretsIn(given.headers).map((secret) => secret.reveal()) });
    const limit = limiter(IN_FLIGHT);

    const request = (method: HttpCall['method'], path: string, body?: unknown): HttpCall => ({
      method,
      url: `${base}${path}`,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...Object.fromEntries(Object.entries(given.headers).map(([header, value]) => [header, textOf(value) ?? ''])),
      },
      ...(body !== undefined && { body: toJson(body) }),
    });

    async function put(item: DocumentItem, signal: AbortSignal): Promise<SinkResult> {
      const fields = fieldsOf(item);
      if (!fields) return NO_OBJECT;
      const wrong = unsettable(fields);
      if (wrong !== undefined) return badName(wrong);
      const set: JsonObject = { ...fields, [field]: keyOf(item) };
      const gone = sentBefore(item.note).filter((member) => !Object.hasOwn(set, member));
      const body = { $set: set, ...(gone.length > 0 && { $unset: Object.fromEntries(gone.map((member) => [member, true])) }) };
      const answer = await client.send(request('POST', `upsert-one?${queryOf(item, field)}`, body), signal);
      return isSuccess(answer.status) ? { is: 'ok', note: JSON.stringify(Object.keys(set)) } : failureOf(answer, `POST ${shown}/upsert-one`, client);
    }

    async function remove(item: DocumentItem, signal: AbortSignal): Promise<SinkResult> {
      const answer = await client.send(request('DELETE', `?${queryOf(item, field)}`), signal);
      return isSuccess(answer.status) || answer.status === 404 ? { is: 'ok' } : failureOf(answer, `DELETE ${shown}/`, client);
    }

    async function insert(item: DocumentItem, signal: AbortSignal): Promise<SinkResult> {
      const fields = item.data === undefined ? {} : fieldsOf(item);
      if (!fields) return NO_OBJECT;
      const answer = await client.send(request('POST', '', { ...fields, [field]: { ...keyOf(item), eventId: eventOf(item).id } }), signal);
      // A collection with a unique index on the event's id says so when it has the event already.
      return isSuccess(answer.status) || answer.status === 409 ? { is: 'ok', created: answer.status !== 409 } : failureOf(answer, `POST ${shown}/`, client);
    }

    return {
      name,
      insertOnly,
      needsName: false,
      batchItems: 64,
      concurrency: 2,
      shape: JSON.stringify([field, insertOnly]),
      write: (items, _options, signal) => sendEach(items, { limit, signal, send: (item, stop) => (insertOnly ? insert : item.operation === 'delete' ? remove : put)(item, stop) }),
      async ping(signal) {
        assertThere(await client.send(request('GET', '?_l=1'), signal), `GET ${shown}/`, client);
      },
      close() {
        client.close();
        return Promise.resolve();
      },
    };
  },
};

/** The same thing of another kind or instance is another document, so both stand in the key. */
function keyOf(item: DocumentItem): Readonly<Record<string, string>> {
  const keys = identityOf(item).map(({ name, value }) => [OWN.has(name) ? `${name}_` : name, value] as const);
  return { kind: item.kind, ...(item.scope !== undefined && item.scope !== '' && { scope: item.scope }), ...Object.fromEntries(keys) };
}

const queryOf = (item: DocumentItem, field: string): string =>
  `_q=${encodeURIComponent(JSON.stringify(Object.fromEntries(Object.entries(keyOf(item)).map(([member, value]) => [`${field}.${member}`, value]))))}`;

/** Names of the fields that were sent last. */
function sentBefore(note: string | undefined): readonly string[] {
  if (note === undefined) return [];
  const names: unknown = JSON.parse(note);
  return Array.isArray(names) ? names.filter((member): member is string => typeof member === 'string') : [];
}
