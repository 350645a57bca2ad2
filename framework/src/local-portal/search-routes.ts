import { setImmediate } from 'node:timers/promises';
import { invalid, ok, type Answer } from './envelope';
import { isInstant } from './formats';
import { blueprintAt, searchContext, type Parts } from './parts';
import { bodyObject, count, selectionOf } from './read-query';
import { renderEntity, select } from './render';
import type { Call, Route } from './router';
import { compileSearch, isQuery, scan, type Candidate, type Search } from './search';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 200;
const MAX_OWNED_PAGE = 5_000;

/** Searches and listings of entities: E27 to E29, and the plain listing of a blueprint. */
export function searchRoutes(parts: Parts): readonly Route[] {
  return [
    { method: 'POST', path: '/entities/search', answer: (call) => searchAll(parts, call) },
    { method: 'POST', path: '/blueprints/entities/datasource-entities', answer: (call) => listOwned(parts, call) },
    { method: 'POST', path: '/blueprints/:blueprint/entities/search', answer: (call) => searchPage(parts, call) },
    {
      method: 'GET',
      path: '/blueprints/:blueprint/entities',
      async answer(call) {
        const { identifier } = blueprintAt(parts, call.at['blueprint']!);
        return listAnswer(await collect(parts, call, { search: { matches: () => true, blueprint: identifier } }));
      },
    },
  ];
}

const everything: unknown = { combinator: 'and', rules: [] };

async function searchAll(parts: Parts, call: Call): Promise<Answer> {
  const { combinator, rules, query } = bodyObject(call);
  const search = compileSearch(isQuery(query) ? query : { combinator, rules }, searchContext(parts));
  const found = await collect(parts, call, { search });
  return listAnswer(found, { matchingBlueprints: found.blueprints, failedBlueprints: [] });
}

interface Found {
  readonly texts: readonly string[];
  readonly blueprints: readonly string[];
}

/** All matches as JSON text; gives way to other calls between the pages it reads. */
async function collect(parts: Parts, call: Call, options: { readonly search: Search }): Promise<Found> {
  const selection = selectionOf(call);
  const texts: string[] = [];
  const blueprints = new Set<string>();
  for (const page of scan(options.search, searchContext(parts))) {
    for (const { row, blueprint } of page) {
      texts.push(renderEntity(row, blueprint, selection));
      blueprints.add(blueprint);
    }
    await setImmediate();
  }
  return { texts, blueprints: [...blueprints] };
}

const listAnswer = ({ texts }: Pick<Found, 'texts'>, members: Readonly<Record<string, unknown>> = {}): Answer => {
  const rest = JSON.stringify(members).slice(1, -1);
  return { status: 200, text: `{"ok":true,"entities":[${texts.join(',')}]${rest === '' ? '' : `,${rest}`}}` };
};

async function searchPage(parts: Parts, call: Call): Promise<Answer> {
  const { identifier } = blueprintAt(parts, call.at['blueprint']!);
  const body = bodyObject(call);
  const search = compileSearch(body['query'] ?? everything, searchContext(parts));
  const limit = count(body['limit'], 'limit', { min: 1, max: MAX_PAGE }) ?? DEFAULT_PAGE;
  const selection = selectionOf(call, body);
  const after = readCursor(body['from'], /^(.+)$/s)?.[0];
  const found: Candidate[] = [];
  for (const page of scan(search, searchContext(parts), { blueprint: identifier, ...(after === undefined ? {} : { after }) })) {
    found.push(...page);
    if (found.length > limit) break;
    await setImmediate();
  }
  const page = found.slice(0, limit);
  const texts = page.map(({ row, blueprint }) => renderEntity(row, blueprint, selection));
  return listAnswer({ texts }, found.length > limit ? { next: writeCursor(page.at(-1)!.row.identifier) } : {});
}

/** What one owner wrote, told by prefix and suffix of its User-Agent. Page by page when a limit is given, else all of it. */
async function listOwned(parts: Parts, call: Call): Promise<Answer> {
  const { entities, blueprints } = parts;
  const body = bodyObject(call);
  const [prefix, suffix] = [ownerPart(body, 'datasource_prefix'), ownerPart(body, 'datasource_suffix')];
  const before = readBefore(body['before']);
  const limit = count(body['limit'], 'limit', { min: 1, max: MAX_OWNED_PAGE });
  const selection = selectionOf(call);
  const [firstSource = -1, firstAfter = 0] = readCursor(body['from'], /^(\d+)\.(\d+)$/)?.map(Number) ?? [];
  const sources = entities.sources().filter(({ n, text }) => n >= firstSource && text.startsWith(prefix) && text.endsWith(suffix));
  const listed: unknown[] = [];
  for (const source of sources.map(({ n }) => n).sort((a, b) => a - b)) {
    let after = source === firstSource ? firstAfter : 0;
    for (;;) {
      const wanted = Math.min(MAX_OWNED_PAGE, (limit ?? Infinity) - listed.length);
      if (wanted === 0) return ok({ entities: listed, next: writeCursor(`${source}.${after}`) });
      const rows = entities.owned({ source, after, before, limit: wanted });
      for (const row of rows) {
        const entity = { identifier: row.identifier, blueprint: blueprints.byNumber(row.blueprint)?.identifier ?? '', createdAt: new Date(row.created).toISOString(), updatedAt: new Date(row.updated).toISOString() };
        listed.push(select(entity, selection));
      }
      if (rows.length < wanted) break;
      after = rows.at(-1)!.n;
      await setImmediate();
    }
  }
  return ok({ entities: listed });
}

function ownerPart(body: Readonly<Record<string, unknown>>, member: string): string {
  const value = body[member];
  if (typeof value !== 'string') throw invalid(member, 'must be a string');
  return value;
}

/** Milliseconds; finer digits are cut off, so that at the border an entity counts as updated later and is not listed. */
function readBefore(value: unknown): number {
  if (value === undefined || value === null) return Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'string' || !isInstant(value)) throw invalid('before', 'must be a date-time with an offset');
  return Date.parse(value);
}

const writeCursor = (text: string): string => Buffer.from(text).toString('base64url');

function readCursor(value: unknown, form: RegExp): readonly string[] | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const found = typeof value === 'string' ? form.exec(Buffer.from(value, 'base64url').toString('utf8')) : null;
  if (!found) throw invalid('from', 'is no cursor of this listing');
  return found.slice(1);
}
