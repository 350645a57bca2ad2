import { createHash } from 'node:crypto';
import { toJson, type Json, type JsonObject } from '../shared';
import { documents } from './documents';
import { invalid, notFound, ok } from './envelope';
import { isInstant } from './formats';
import type { Parts } from './parts';
import { bodyObject } from './read-query';
import type { Call, Route } from './router';

const MAX_EXAMPLES = 5;

/** E13 and E14: examples and cursors of the kinds of an integration. */
export function kindRoutes(parts: Parts): readonly Route[] {
  const { store } = parts;
  const integrations = documents(store, 'integrations');
  const examples = documents(store, 'examples');
  const cursors = documents(store, 'cursors');
  const internalId = (call: Call): string => {
    const found = integrations.get(call.at['id']!);
    if (!found) throw notFound('Integration', call.at['id']!);
    return found['_id'] as string;
  };
  const cursorId = (call: Call): string => `${internalId(call)}/${call.query.get('kind') ?? ''}/${call.query.get('index') ?? ''}`;
  const writeCursor = (call: Call): JsonObject => {
    const { primary } = bodyObject(call);
    if (typeof primary !== 'string' || !isInstant(primary)) throw invalid('primary', 'must be a date-time with an offset');
    return { primary };
  };
  return [
    {
      method: 'POST',
      path: '/integration/:id/kinds/+kind/examples',
      answer(call) {
        const sent = bodyObject(call)['examples'];
        if (!Array.isArray(sent)) throw invalid('examples', 'must be a list');
        const kept = (sent as Json[]).slice(0, MAX_EXAMPLES).map((data) => ({ _id: createHash('sha256').update(toJson(data)).digest('hex').slice(0, 24), data }));
        examples.put(`${internalId(call)}/${call.at['kind']!}`, { kind: call.at['kind']!, examples: kept });
        return ok();
      },
    },
    {
      method: 'GET',
      path: '/integration/:id/kinds',
      answer(call) {
        const kinds = examples.list(`${internalId(call)}/`);
        return ok({ data: Object.fromEntries(kinds.map((kept) => [kept['kind'], { examples: kept['examples'] }])) });
      },
    },
    { method: 'GET', path: '/integration/:id/cursor', answer: (call) => ok({ cursor: cursors.get(cursorId(call)) ?? null }) },
    {
      method: 'POST',
      path: '/integration/:id/cursor',
      answer(call) {
        cursors.put(cursorId(call), writeCursor(call));
        return ok();
      },
    },
    {
      method: 'PUT',
      path: '/integration/:id/cursor',
      answer(call) {
        const id = cursorId(call);
        if (!cursors.get(id)) throw notFound('Cursor', `${call.query.get('kind') ?? ''}-${call.query.get('index') ?? ''}`);
        cursors.put(id, writeCursor(call));
        return ok();
      },
    },
  ];
}
