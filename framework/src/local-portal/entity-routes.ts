import type { StoredBlueprint } from './blueprint-store';
import { deleteEntities } from './delete-entities';
import { invalid, notFound, ok, okText, Refusal, type Answer } from './envelope';
import { blueprintAt, searchContext, type Parts } from './parts';
import { bodyObject, flag, requiredFlag, selectionOf } from './read-query';
import { renderEntity } from './render';
import type { Call, Route } from './router';
import { prefetch, Unresolved, upsertEntity, type Upsert, type UpsertFlags } from './upsert-entity';
import { writeSet } from './write-set';

export const MAX_BULK = 20;
const MAX_BULK_DELETE = 100;

/** Single and bulk writes, deletes and reads of entities: E23 to E26, E30. */
export function entityRoutes(parts: Parts): readonly Route[] {
  const { entities } = parts;
  const find = (call: Call): { readonly blueprint: StoredBlueprint; readonly text: string; readonly identifier: string } => {
    const blueprint = blueprintAt(parts, call.at['blueprint']!);
    const identifier = call.at['entity']!;
    const [row] = entities.find(blueprint.n, [identifier]);
    if (!row) throw notFound('Entity', identifier);
    return { blueprint, identifier, text: renderEntity(row, blueprint.identifier, selectionOf(call)) };
  };
  return [
    {
      method: 'POST',
      path: '/blueprints/:blueprint/entities',
      answer: (call) => writeOne(parts, call, { body: call.body, flags: flagsOf(call), status: 201 }),
    },
    { method: 'POST', path: '/blueprints/:blueprint/entities/bulk', answer: (call) => writeBulk(parts, call) },
    { method: 'GET', path: '/blueprints/:blueprint/entities-count', answer: (call) => ok({ count: entities.count(blueprintAt(parts, call.at['blueprint']!).n) }) },
    { method: 'GET', path: '/blueprints/:blueprint/entities/:entity', answer: (call) => okText('entity', find(call).text) },
    ...(['PUT', 'PATCH'] as const).map(
      (method): Route => ({
        method,
        path: '/blueprints/:blueprint/entities/:entity',
        answer(call) {
          const { identifier } = find(call);
          const flags: UpsertFlags = { upsert: true, merge: method === 'PATCH', validationOnly: flag(call, 'validation_only') ?? false, createMissing: flag(call, 'create_missing_related_entities') ?? false };
          return writeOne(parts, call, { body: { ...bodyObject(call), identifier }, flags, status: 200 });
        },
      }),
    ),
    {
      method: 'DELETE',
      path: '/blueprints/:blueprint/entities/:entity',
      answer(call) {
        const { blueprint, identifier } = find(call);
        deleteEntities(parts, blueprint, { identifiers: [identifier], dependents: flag(call, 'delete_dependents') ?? false });
        return ok();
      },
    },
    {
      method: 'POST',
      path: '/blueprints/:blueprint/bulk/entities/delete',
      answer(call) {
        const dependents = requiredFlag(call, 'delete_dependents');
        const blueprint = blueprintAt(parts, call.at['blueprint']!);
        const identifiers = bodyObject(call, ['entities'])['entities'];
        if (!Array.isArray(identifiers) || identifiers.length < 1 || identifiers.length > MAX_BULK_DELETE) throw invalid('entities', `must be a list of 1 to ${MAX_BULK_DELETE} identifiers`);
        identifiers.forEach((identifier, index) => {
          if (typeof identifier !== 'string') throw invalid(`entities[${index}]`, 'must be a string');
        });
        return ok({ deletedEntities: deleteEntities(parts, blueprint, { identifiers: identifiers as string[], dependents }) });
      },
    },
  ];
}

const flagsOf = (call: Call): UpsertFlags => ({
  upsert: requiredFlag(call, 'upsert'),
  merge: flag(call, 'merge') ?? false,
  validationOnly: flag(call, 'validation_only') ?? false,
  createMissing: flag(call, 'create_missing_related_entities') ?? false,
});

function begin(parts: Parts, call: Call, flags: UpsertFlags): Upsert {
  return { ...searchContext(parts), set: writeSet(parts.entities), flags, source: parts.entities.source(call.agent) };
}

function writeOne(parts: Parts, call: Call, options: { readonly body: unknown; readonly flags: UpsertFlags; readonly status: number }): Answer {
  const blueprint = blueprintAt(parts, call.at['blueprint']!);
  const upsert = begin(parts, call, options.flags);
  return parts.store.transact(() => {
    prefetch([options.body], blueprint, upsert);
    const { row } = upsertEntity(options.body, blueprint, upsert);
    if (!upsert.flags.validationOnly) upsert.set.flush();
    return okText('entity', renderEntity(row, blueprint.identifier), options.status);
  });
}

interface RowError {
  readonly identifier: string;
  readonly index: number;
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
}

function writeBulk(parts: Parts, call: Call): Answer {
  const flags = flagsOf(call);
  const blueprint = blueprintAt(parts, call.at['blueprint']!);
  const rows = bodyObject(call, ['entities'])['entities'];
  if (!Array.isArray(rows) || rows.length < 1 || rows.length > MAX_BULK) throw invalid('entities', `must be a list of 1 to ${MAX_BULK} entities`);
  const upsert = begin(parts, call, flags);
  const written: { identifier: string; index: number; created: boolean }[] = [];
  const errors: RowError[] = [];
  parts.store.transact(() => {
    prefetch(rows, blueprint, upsert);
    rows.forEach((row: unknown, index) => {
      try {
        const { identifier, created } = upsertEntity(row, blueprint, upsert);
        written.push({ identifier, index, created });
      } catch (err) {
        if (!(err instanceof Refusal)) throw err;
        errors.push({ identifier: nameOf(row, err), index, statusCode: err.status, error: err.code, message: err.message });
      }
    });
    if (!flags.validationOnly) upsert.set.flush();
  });
  return { status: errors.length === 0 ? 200 : 207, text: JSON.stringify({ ok: errors.length === 0, entities: written, errors, maxBulkSize: MAX_BULK }) };
}

function nameOf(row: unknown, refusal: Refusal): string {
  const name = typeof row === 'object' && row !== null ? (row as { identifier?: unknown }).identifier : undefined;
  return refusal instanceof Unresolved || typeof name !== 'string' ? 'unknown' : name;
}
