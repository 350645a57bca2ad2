import { isObject, type JsonObject } from '../shared';
import { documents } from './documents';
import { invalid, notFound, ok, Refusal } from './envelope';
import { identifier } from './identifiers';
import type { Parts } from './parts';
import { bodyObject } from './read-query';
import { ACTOR } from './render';
import type { Call, Route } from './router';

/** E32: actions are kept and given back; nothing here runs them. */
export function actionRoutes(parts: Parts): readonly Route[] {
  const { store, clock } = parts;
  const actions = documents(store, 'actions');
  const at = (call: Call): JsonObject => {
    const found = actions.get(call.at['action']!);
    if (!found) throw notFound('Action', call.at['action']!);
    return found;
  };
  const write = (body: Readonly<Record<string, unknown>>, before?: JsonObject): JsonObject => {
    const id = identifier('action', body['identifier']);
    for (const member of ['trigger', 'invocationMethod']) if (!isObject(body[member])) throw invalid(member, 'must be an object');
    const now = new Date(clock.now()).toISOString();
    const action = { ...body, identifier: id, createdAt: before?.['createdAt'] ?? now, createdBy: ACTOR, updatedAt: now, updatedBy: ACTOR } as JsonObject;
    actions.put(id, action);
    return action;
  };
  return [
    { method: 'GET', path: '/actions', answer: () => ok({ actions: actions.list() }) },
    {
      method: 'POST',
      path: '/actions',
      answer(call) {
        const body = bodyObject(call);
        if (typeof body['identifier'] === 'string' && actions.get(body['identifier'])) throw new Refusal(409, 'action_exists', { message: `action ${JSON.stringify(body['identifier'])} exists` });
        return ok({ action: write(body) }, 201);
      },
    },
    { method: 'GET', path: '/actions/:action', answer: (call) => ok({ action: at(call) }) },
    {
      method: 'PUT',
      path: '/actions/:action',
      answer(call) {
        const before = at(call);
        return ok({ action: write({ ...bodyObject(call), identifier: before['identifier'] }, before) });
      },
    },
    {
      method: 'DELETE',
      path: '/actions/:action',
      answer(call) {
        actions.delete(at(call)['identifier'] as string);
        return ok();
      },
    },
  ];
}
