import { parseJson, toJson, type Clock, type JsonObject } from '../shared';
import { checkProperty } from './check-property';
import type { Check } from './formats';
import type { Store } from './store';

export interface Relation {
  readonly target: string;
  readonly required: boolean;
  readonly many: boolean;
}

/** A blueprint as stored, and compiled for the checks of its entities. */
export interface StoredBlueprint {
  /** Number under which entities refer to it. */
  readonly n: number;
  readonly identifier: string;
  readonly created: number;
  readonly updated: number;
  readonly body: JsonObject;
  readonly properties: ReadonlyMap<string, Check>;
  readonly required: readonly string[];
  readonly relations: ReadonlyMap<string, Relation>;
  readonly requiredRelations: readonly string[];
}

export interface BlueprintStore {
  get(identifier: string): StoredBlueprint | undefined;
  byNumber(n: number): StoredBlueprint | undefined;
  /** In the order of their identifiers. */
  list(): readonly StoredBlueprint[];
  /** Creates or replaces; `body` has been checked. */
  put(body: JsonObject & { readonly identifier: string }): StoredBlueprint;
  delete(identifier: string): void;
}

// Blueprints of Port itself to which mappings relate; without them such a blueprint could not be created here.
const OWN = [
  { identifier: '_user', title: 'User', icon: 'User', schema: { properties: { status: { type: 'string', title: 'Status' } }, required: [] } },
  { identifier: '_team', title: 'Team', icon: 'Team', schema: { properties: { description: { type: 'string', title: 'Description' } }, required: [] } },
];

/** All blueprints are held in memory; a write goes to the table first. */
export function blueprintStore(store: Store, clock: Clock): BlueprintStore {
  const byIdentifier = new Map<string, StoredBlueprint>();
  const byNumber = new Map<number, StoredBlueprint>();
  const remember = (blueprint: StoredBlueprint): StoredBlueprint => {
    byIdentifier.set(blueprint.identifier, blueprint);
    byNumber.set(blueprint.n, blueprint);
    return blueprint;
  };
  const read = (): void => {
    byIdentifier.clear();
    byNumber.clear();
    const rows = store.statement('SELECT n, created, updated, body FROM blueprints').all() as { n: number; created: number; updated: number; body: string }[];
    for (const { n, created, updated, body } of rows) remember(compile({ n, created, updated, body: parseJson(body) as JsonObject }));
  };
  read();
  store.onLoss(read);

  const put: BlueprintStore['put'] = (body) => {
    const before = byIdentifier.get(body.identifier);
    const now = clock.now();
    const created = before?.created ?? now;
    const text = toJson(body);
    if (before) store.statement('UPDATE blueprints SET updated = ?, body = ? WHERE n = ?').run(now, text, before.n);
    else store.statement('INSERT INTO blueprints(identifier, created, updated, body) VALUES (?, ?, ?, ?)').run(body.identifier, created, now, text);
    const { n } = store.statement('SELECT n FROM blueprints WHERE identifier = ?').get(body.identifier) as { n: number };
    return remember(compile({ n, created, updated: now, body }));
  };
  for (const own of OWN) if (!byIdentifier.has(own.identifier)) put({ ...own, relations: {}, mirrorProperties: {}, calculationProperties: {}, aggregationProperties: {} });

  return {
    get: (identifier) => byIdentifier.get(identifier),
    byNumber: (n) => byNumber.get(n),
    list: () => [...byIdentifier.values()].sort((a, b) => (a.identifier < b.identifier ? -1 : 1)),
    put,
    delete(identifier) {
      const found = byIdentifier.get(identifier);
      if (!found) return;
      store.statement('DELETE FROM blueprints WHERE n = ?').run(found.n);
      byIdentifier.delete(identifier);
      byNumber.delete(found.n);
    },
  };
}

function compile(stored: { readonly n: number; readonly created: number; readonly updated: number; readonly body: JsonObject }): StoredBlueprint {
  const { identifier, schema, relations = {} } = stored.body as unknown as { identifier: string; schema: { properties: Record<string, Record<string, unknown>>; required?: string[] }; relations?: Record<string, Relation> };
  return {
    ...stored,
    identifier,
    properties: new Map(Object.entries(schema.properties).map(([key, property]) => [key, checkProperty(property)])),
    required: schema.required ?? [],
    relations: new Map(Object.entries(relations)),
    requiredRelations: Object.entries(relations).flatMap(([key, relation]) => (relation.required ? [key] : [])),
  };
}
