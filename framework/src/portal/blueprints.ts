import { isObject, type Blueprint } from '../contract';
import { toJson, type JsonObject } from '../shared';
import { succeeded } from './answer';
import { segment } from './path';
import type { PortalActorClient } from './types';
import type { Ownership } from './user-agent';
import type { Call, Wire } from './wire';

const FRESH_MS = 120_000;

type BlueprintCalls = Pick<PortalActorClient, 'blueprint' | 'clearBlueprints' | 'createBlueprint' | 'patchBlueprint' | 'deleteBlueprint'>;

/** E18 with its cache, E19, E20. */
export function blueprintCalls(wire: Wire, owner: Ownership): BlueprintCalls {
  const cache = new Map<string, { readonly until: number; readonly read: Promise<Blueprint | undefined> }>();
  const at = (identifier: string): string => `/blueprints/${segment(identifier)}`;

  const read = async (identifier: string): Promise<Blueprint | undefined> => {
    const call: Call = { method: 'GET', path: at(identifier), userAgent: owner.plain };
    const answer = await wire.find(call);
    if (answer === undefined) return undefined;
    const blueprint = answer['blueprint'];
    // Its schema and relations decide what is deleted and in which order, so half an answer is no answer.
    if (!isObject(blueprint) || !isObject(blueprint['schema'])) throw wire.error(call, { status: 200, headers: {}, text: '{"message":"no blueprint in it"}', resent: false });
    return blueprint as unknown as Blueprint;
  };

  return {
    blueprint: (identifier) => {
      const held = cache.get(identifier);
      if (held !== undefined && wire.clock.now() < held.until) return held.read;
      const asked = read(identifier);
      cache.set(identifier, { until: wire.clock.now() + FRESH_MS, read: asked });
      // Only what is there is worth remembering: a missing one may be created next, a failure may pass.
      const forget = (): void => void (cache.get(identifier)?.read === asked && cache.delete(identifier));
      asked.then((found) => found ?? forget(), forget);
      return asked;
    },
    clearBlueprints: () => cache.clear(),
    createBlueprint: async (blueprint) => {
      const call: Call = { method: 'POST', path: '/blueprints', userAgent: owner.writer, body: toJson(blueprint), repeatable: true };
      const outcome = await wire.send(call);
      cache.clear();
      // A send whose answer got lost has created it: the conflict is with ourselves.
      const ours = outcome.status === 409 && outcome.resent;
      if (!ours && !succeeded(outcome)) throw wire.error(call, outcome);
    },
    patchBlueprint: async (identifier, body: JsonObject) => {
      await wire.tell({ method: 'PATCH', path: at(identifier), userAgent: owner.writer, body: toJson(body), repeatable: true });
      cache.clear();
    },
    deleteBlueprint: async (identifier) => {
      const call: Call = { method: 'DELETE', path: at(identifier), userAgent: owner.writer };
      const outcome = await wire.send(call);
      cache.clear();
      if (outcome.status !== 404 && !succeeded(outcome)) throw wire.error(call, outcome);
    },
  };
}
