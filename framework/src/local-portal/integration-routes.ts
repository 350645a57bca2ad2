import { randomUUID } from 'node:crypto';
import { isObject, newId, type JsonObject } from '../shared';
import { documents } from './documents';
import { invalid, notFound, ok, Refusal } from './envelope';
import { ingestUrl } from './ingest-routes';
import type { Parts } from './parts';
import { bodyObject } from './read-query';
import { ACTOR } from './render';
import type { Call, Route } from './router';

// What a client may write; everything else of an integration is the portal's.
const WRITABLE = [
  'title', 'installationAppType', 'installationType', 'version', 'spec', 'config', 'changelogDestination', 'actionsProcessingEnabled', 'incrementalSyncEnabled',
  'arePortResourcesInitialized', 'processingMode', 'createPortResourcesOrigin', 'oauthBrokerUrl',
];
const STATE_MEMBERS = ['status', 'lastResyncStart', 'lastResyncEnd', 'nextResync', 'intervalInMinuets'];

/** E6 to E12 and E15: the integrations themselves, their state, and the requests to resync them. */
export function integrationRoutes(parts: Parts): readonly Route[] {
  const { store, clock, announce } = parts;
  const integrations = documents(store, 'integrations');
  const requests = documents(store, 'resync-requests');

  const at = (call: Call): JsonObject => {
    const id = call.at['id']!;
    const found = call.query.get('byField') === 'logIngestId' ? integrations.list().find(({ ingestId }) => ingestId === id) : integrations.get(id);
    if (!found) throw notFound('Integration', id);
    return found;
  };
  const identifierOf = (integration: JsonObject): string => integration['identifier'] as string;
  const instantAfter = (...earlier: unknown[]): string => {
    // Listeners tell a state write from a change by equal instants, so no two writes may share one.
    const last = Math.max(0, ...earlier.map((text) => (typeof text === 'string' ? Date.parse(text) : 0)));
    return new Date(Math.max(clock.now(), last + 1)).toISOString();
  };
  const change = (call: Call, members: Readonly<Record<string, unknown>>): JsonObject => {
    const before = at(call);
    const state = before['resyncState'] as JsonObject | undefined;
    const after = { ...before, ...members, updatedAt: instantAfter(before['updatedAt'], state?.['updatedAt']), updatedBy: ACTOR } as JsonObject;
    const identifier = identifierOf(before);
    const silent = call.headers['x-skip-resync'] === 'true';
    store.transact(() => {
      integrations.put(identifier, after);
      if (!silent) requests.put(identifier, { id: newId(), updatedAt: instantAfter(requests.get(identifier)?.['updatedAt']) });
    });
    if (!silent) announce.changed({ action: 'UPDATE', identifier, before: render(before, call), after: render(after, call) });
    return render(after, call);
  };

  return [
    { method: 'GET', path: '/integration', answer: (call) => ok({ integrations: listed(integrations.list(), call).map((integration) => render(integration, call)) }) },
    { method: 'GET', path: '/integration/:id', answer: (call) => ok({ integration: render(at(call), call) }) },
    {
      method: 'POST',
      path: '/integration',
      answer(call) {
        const body = bodyObject(call);
        const identifier = body['installationId'];
        if (typeof identifier !== 'string' || identifier === '' || identifier.length > 1_000) throw invalid('installationId', 'must be a string of 1 to 1000 characters');
        if (integrations.get(identifier)) throw new Refusal(409, 'integration_exists', { message: `integration ${JSON.stringify(identifier)} exists`, details: { withKey: 'installationId', withValue: identifier } });
        const now = new Date(clock.now()).toISOString();
        const defaults = { installationType: 'OnPrem', config: {}, changelogDestination: {}, actionsProcessingEnabled: false, incrementalSyncEnabled: false };
        const made = { identifier, installationId: identifier, _id: randomUUID(), ingestId: randomUUID(), ...defaults, ...writable(body), statusInfo: { updatedAt: now }, createdAt: now, updatedAt: now, createdBy: ACTOR, updatedBy: ACTOR };
        integrations.put(identifier, made as JsonObject);
        return ok({ integration: render(made as JsonObject, call) });
      },
    },
    { method: 'PATCH', path: '/integration/:id', answer: (call) => ok({ integration: change(call, writable(bodyObject(call))) }) },
    {
      method: 'PATCH',
      path: '/integration/:id/config',
      answer(call) {
        const body = bodyObject(call, ['config']);
        if (body['config'] === undefined) throw invalid('config', 'is missing');
        return ok({ integration: change(call, writable(body)) });
      },
    },
    {
      method: 'PATCH',
      path: '/integration/:id/resync-state',
      answer(call) {
        const body = bodyObject(call);
        const before = at(call);
        const state = (before['resyncState'] ?? {}) as JsonObject;
        const updatedAt = instantAfter(before['updatedAt']);
        const sent = Object.fromEntries(STATE_MEMBERS.filter((member) => body[member] !== undefined).map((member) => [member, body[member]]));
        const statusInfo = sent['status'] === undefined || sent['status'] === state['status'] ? before['statusInfo'] : { updatedAt };
        const after = { ...before, resyncState: { ...state, ...sent, updatedAt }, statusInfo, updatedAt } as JsonObject;
        integrations.put(identifierOf(before), after);
        announce.stateWritten({ action: 'UPDATE', identifier: identifierOf(before), before: render(before, call), after: render(after, call) });
        return ok({ integration: render(after, call) });
      },
    },
    { method: 'GET', path: '/integration/:id/resync-request', answer: (call) => ok({ request: requests.get(identifierOf(at(call))) ?? null }) },
    {
      method: 'DELETE',
      path: '/integration/:id',
      answer(call) {
        const before = at(call);
        const identifier = identifierOf(before);
        store.transact(() => {
          integrations.delete(identifier);
          requests.delete(identifier);
          for (const collection of ['examples', 'cursors', 'metrics']) documents(store, collection).deleteUnder(`${before['_id'] as string}/`);
          store.statement('DELETE FROM lines WHERE integration = ?').run(before['_id']);
        });
        announce.stateWritten({ action: 'DELETE', identifier, before: render(before, call), after: null });
        return ok();
      },
    },
  ];
}

function writable(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { config, changelogDestination } = body;
  if (config !== undefined && config !== null && !isObject(config)) throw invalid('config', 'must be an object or null');
  if (changelogDestination !== undefined && changelogDestination !== null && !isObject(changelogDestination)) throw invalid('changelogDestination', 'must be an object');
  return Object.fromEntries(WRITABLE.filter((member) => body[member] !== undefined).map((member) => [member, body[member]]));
}

function listed(all: readonly JsonObject[], call: Call): readonly JsonObject[] {
  const wanted = call.query.get('actionsProcessingEnabled');
  return wanted === null ? all : all.filter(({ actionsProcessingEnabled }) => actionsProcessingEnabled === (wanted === 'true'));
}

/** As answered: with the URLs to which its logs and metrics go, under the address the caller used. */
function render(integration: JsonObject, call: Call): JsonObject {
  const { ingestId, ...shown } = integration;
  const url = ingestUrl(call.origin, ingestId as string);
  return { ...shown, logAttributes: { ingestUrl: `${url}/logs`, ingestId: ingestId as string }, metricAttributes: { ingestUrl: url }, ingestAttributes: { ingestUrl: url } };
}
