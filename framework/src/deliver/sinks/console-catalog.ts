import { FrameworkError, isObject, toJson, type Json, type JsonObject, type SettingsOf } from '../../contract';
import { limiter, objectOf } from '../../shared';
import type { DocumentItem, SinkProblem, SinkResult, SinkType } from '../sink';
import { assertThere, failureOf, sendEach, STOPPED, type Failure } from './answers';
import { compileMetadata, compileTexts, itemIdOf, itemSettings, templateProblems } from './console-item';
import { openConsoleTokens } from './console-token';
import { fieldsOf, messageOf, NO_OBJECT, shownUrl, urlProblems, withSlash } from './document';
import { openHttp, type HttpAnswer, type HttpCall } from './http-client';

const settings = {
  url: { type: 'string', required: true, description: 'Address of the Console. The slash at its end is optional.' },
  tenantId: { type: 'string', required: true, description: 'Company that owns the items.' },
  clientId: { type: 'string', required: true, description: 'Service account.' },
  clientSecret: { type: 'string', required: true, secret: true, description: 'Its secret.' },
  itemTypeDefinitionRef: {
    type: 'object',
    required: true,
    members: { name: { type: 'string', required: true, description: 'Name of the type.' }, namespace: { type: 'string', required: true, description: 'Who defines it.' } },
    description: 'Type of the items.',
  },
  itemNameTemplate: { type: 'string', required: true, template: true, description: 'Name of an item.' },
  itemIdTemplate: { type: 'string', template: true, description: 'What the id of an item is made of; default: the keys of its thing.' },
  itemLifecycleStatus: {
    type: 'string',
    enum: ['coming-soon', 'draft', 'published', 'maintenance', 'deprecated', 'archived'],
    default: 'published',
    description: 'Status of the items.',
  },
  ...itemSettings,
} as const;
type Settings = SettingsOf<typeof settings>;

const TIMEOUT_MS = 10_000;
const IN_FLIGHT = 8;

interface Written {
  readonly item: DocumentItem;
  readonly id: string;
  readonly resource: JsonObject;
}

/** Items of Mia-Platform's software catalog. The note of a thing is the id that was sent last: a delete, and a change of the id, remove that one. */
export const consoleCatalog: SinkType<Settings> = {
  settings,
  insertOnly: () => false,
  nameOf: ({ url }) => `console-catalog:${shownUrl(url)}`,
  problems(given): readonly SinkProblem[] {
    const templates = Object.entries(settings).filter(([, setting]) => 'template' in setting);
    const values = given as Readonly<Record<string, unknown>>;
    return [...urlProblems(given.url), ...templates.flatMap(([key]) => templateProblems((values[key] ?? null) as Json, key))];
  },
  create(given, { name, clock }) {
    const base = withSlash(given.url);
    const path = `api/tenants/${encodeURIComponent(given.tenantId)}/marketplace/items`;
    const client = openHttp({ url: base, timeoutMs: TIMEOUT_MS, clock, secrets: () => [given.clientSecret.reveal(), (tokens.current ?? '').slice('Bearer '.length)] });
    const tokens = openConsoleTokens({ url: base, clientId: given.clientId, clientSecret: given.clientSecret, clock, client });
    const limit = limiter(IN_FLIGHT);

    const id = given.itemIdTemplate === undefined ? undefined : compileTexts(given.itemIdTemplate);
    const nameOf = compileTexts(given.itemNameTemplate);
    const metadata = compileMetadata(given);

    const resourceOf = (data: JsonObject, itemId: string): JsonObject => ({
      description: '',
      ...metadata(data),
      itemId,
      name: nameOf(data),
      itemTypeDefinitionRef: { name: given.itemTypeDefinitionRef.name, namespace: given.itemTypeDefinitionRef.namespace },
      tenantId: given.tenantId,
      lifecycleStatus: given.itemLifecycleStatus,
      resources: data,
    });

    /** With a token, and once more with another one when that was refused. */
    async function send(call: Pick<HttpCall, 'method' | 'body'> & { readonly path: string }, signal: AbortSignal): Promise<HttpAnswer> {
      const once = (authorization: string): Promise<HttpAnswer> =>
        client.send(
          {
            method: call.method,
            url: `${base}${call.path}`,
            headers: { accept: 'application/json', authorization, ...(call.body !== undefined && { 'content-type': 'application/json' }) },
            ...(call.body !== undefined && { body: call.body }),
          },
          signal,
        );
      const first = await tokens.get(signal);
      const answer = await once(first);
      if (answer.status !== 401) return answer;
      tokens.drop(first);
      return once(await tokens.get(signal));
    }

    /** 403: the service account may not, whatever the item is. */
    function failed(answer: HttpAnswer, what: string): Failure {
      const failure = failureOf(answer, what, client);
      return answer.status === 403 ? { is: 'retry', error: `${failure.error} (our credentials were refused)` } : failure;
    }

    async function remove(itemId: string, signal: AbortSignal): Promise<SinkResult> {
      const answer = await send({ method: 'DELETE', path: `${path}/${itemId}/versions/NA` }, signal);
      return answer.status === 200 || answer.status === 204 || answer.status === 404 ? { is: 'ok' } : failed(answer, `DELETE ${path}`);
    }

    /** One call for all. What is refused as a whole is halved until the item stands alone that is the reason. */
    async function apply(batch: readonly Written[], signal: AbortSignal): Promise<Map<DocumentItem, SinkResult>> {
      if (batch.length === 0) return new Map();
      const answer = await send({ method: 'POST', path, body: toJson({ resources: batch.map(({ resource }) => resource) }) }, signal);
      const failure = answer.status === 200 ? undefined : failed(answer, `POST ${path}`);
      if (failure?.is === 'refused' && batch.length > 1) {
        const halves = [await apply(batch.slice(0, batch.length >> 1), signal), await apply(batch.slice(batch.length >> 1), signal)];
        return new Map(halves.flatMap((half) => [...half]));
      }
      const said = objectOf(answer.text);
      return new Map(batch.map(({ item, id: itemId }, at) => [item, failure ?? resultOf(said, { itemId, at, alone: batch.length === 1 })]));
    }

    function resultOf(said: Readonly<Record<string, unknown>> | undefined, { itemId, at, alone }: { readonly itemId: string; readonly at: number; readonly alone: boolean }): SinkResult {
      if (said?.['done'] === true) return { is: 'ok' };
      const answers = Array.isArray(said?.['items']) ? (said['items'] as readonly unknown[]).filter(isObject) : [];
      const own = answers.find((answer) => answer['itemId'] === itemId) ?? (answers[at]?.['itemId'] === undefined ? answers[at] : undefined);
      const messages = (Array.isArray(own?.['errors']) ? (own['errors'] as readonly unknown[]) : []).map((error) => (isObject(error) ? String(error['message'] ?? '') : String(error)));
      if (messages.length > 0) return { is: 'refused', error: client.clean(messages.join('; ')).slice(0, 300) };
      // Another item is the reason, and this one was written.
      const others = answers.some((answer) => Array.isArray(answer['errors']) && answer['errors'].length > 0);
      return own && others && !alone ? { is: 'ok' } : { is: 'retry', error: `POST ${path}: not done, and it does not say why` };
    }

    async function write(items: readonly DocumentItem[], signal: AbortSignal, settle: (item: DocumentItem, result: SinkResult) => void): Promise<void> {
      const written: Written[] = [];
      for (const item of items) {
        if (item.operation === 'delete') continue;
        const data = fieldsOf(item);
        const itemId = itemIdOf(item, id);
        if (data) written.push({ item, id: itemId, resource: resourceOf(data, itemId) });
        else settle(item, NO_OBJECT);
      }
      const applied = await apply(written, signal);
      for (const [item, result] of applied) if (result.is !== 'ok') settle(item, result);
      const writtenAs = new Map(written.map((one) => [one.item, one]));
      // An id that another thing has now is not removed with the one that had it before.
      const inUse = new Set(written.map((one) => one.id));
      const removeOld = (old: string, stop: AbortSignal): Promise<SinkResult> => (inUse.has(old) ? Promise.resolve({ is: 'ok' }) : remove(old, stop));
      const rest = items.filter((item) => item.operation === 'delete' || applied.get(item)?.is === 'ok');
      const results = await sendEach(rest, {
        limit,
        signal,
        async send(item, stop) {
          const one = writtenAs.get(item);
          const old = item.note ?? (one ? undefined : itemIdOf(item, id));
          const removed: SinkResult = old === undefined ? { is: 'ok' } : await removeOld(old, stop);
          // The new item is there before the old one goes, and only then is the new id remembered.
          return one && removed.is === 'ok' ? { is: 'ok', note: one.id } : removed;
        },
      });
      for (const [at, item] of rest.entries()) settle(item, results[at]!);
    }

    return {
      name,
      insertOnly: false,
      needsName: false,
      batchItems: 50,
      concurrency: 2,
      shape: toJson(shaping(given)),
      async write(items, _options, signal) {
        const results = new Map<DocumentItem, SinkResult>();
        let missing: Failure = STOPPED;
        try {
          await write(items, signal, (item, result) => results.set(item, result));
        } catch (err) {
          if (!signal.aborted) missing = { is: 'retry', error: client.clean(messageOf(err)), ...waitOf(err) };
        }
        return items.map((item) => results.get(item) ?? missing);
      },
      /** An id that no item has: any answer but a refusal shows that the catalog is there and takes our token. */
      async ping(signal) {
        const answer = await send({ method: 'GET', path: `${path}/ping/versions/NA` }, signal);
        if (answer.status === 403) throw new FrameworkError('SINK_AWAY', [failed(answer, `GET ${path}`).error]);
        assertThere(answer, `GET ${path}`, client);
      },
      close() {
        client.close();
        return Promise.resolve();
      },
    };
  },
};

/** What stands in the items; no address and no credentials. */
const shaping = ({ url: _url, clientId: _id, clientSecret: _secret, ...rest }: Settings): Readonly<Record<string, unknown>> => rest;

const waitOf = (thrown: unknown): { readonly afterMs?: number } => (isObject(thrown) && typeof thrown['waitMs'] === 'number' ? { afterMs: thrown['waitMs'] } : {});
