import { setMaxListeners } from 'node:events';
import { FrameworkError } from '../contract';
import { objectOf } from '../shared';
import { succeeded, type Outcome } from './answer';
import { causeOf, query, segment } from './path';
import { isTransient } from './retry';
import { search } from './search';
import type { Call, Wire } from './wire';

export interface Deletion {
  readonly userAgent: string;
  readonly blueprint: string;
  readonly identifiers: readonly string[];
  readonly deleteDependents: boolean;
  readonly runId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

// The portal's limit of one call.
const BULK = 100;

/**
 * The identifiers that are gone now. With `deleteDependents` by E25, else one by one (E26) because one entity that others point to would fail a whole bulk.
 * What the portal refuses to delete is left out, and a refusal is logged. Throws PORTAL_UNREACHABLE, PORTAL_REFUSED or PORTAL_ANSWER only when
 * the portal could not be asked and nothing is gone.
 */
export async function deleteEntities(wire: Wire, deletion: Deletion): Promise<ReadonlySet<string>> {
  const { signal } = deletion;
  const asked: ReadonlySet<string> = new Set(deletion.identifiers);
  const gone = new Set<string>();
  // Each call that waits for its turn listens to it.
  if (signal !== undefined) setMaxListeners(0, signal);
  if (!isPossible(deletion.blueprint)) return asked;
  const blueprint = segment(deletion.blueprint);
  const turn = { priority: deletion.runId === undefined ? 'live' : 'resync', signal } as const;
  const parameters = query({ delete_dependents: deletion.deleteDependents, ...causeOf(deletion.runId) });
  let lost: FrameworkError | undefined;
  let refused: FrameworkError | undefined;

  /** Undefined when the portal cannot be asked any more. */
  const send = async (call: Call): Promise<Outcome | undefined> => {
    if (lost !== undefined) return undefined;
    try {
      const outcome = await wire.send(call);
      if (!isTransient(outcome.status)) return outcome;
      lost ??= wire.error(call, outcome);
    } catch (err) {
      if (!(err instanceof FrameworkError)) throw err;
      lost ??= err;
    }
    return undefined;
  };

  const single = async (identifier: string): Promise<void> => {
    const call = (): Call => ({ method: 'DELETE', path: `/blueprints/${blueprint}/entities/${segment(identifier)}${parameters}`, userAgent: deletion.userAgent, ...turn });
    const outcome = await wire.single(turn, () => send(call()));
    if (outcome === undefined) return;
    if (succeeded(outcome) || outcome.status === 404) gone.add(identifier);
    else if (refused === undefined || isNeeded(deletion, refused)) refused = wire.error(call(), outcome);
  };

  /** All of them, again as long as that removes some: what was pointed to may go once the pointing one went. */
  const singles = async (identifiers: readonly string[]): Promise<void> => {
    let left = identifiers;
    for (let before = Infinity; left.length > 0 && left.length < before && lost === undefined; ) {
      before = left.length;
      refused = undefined;
      await Promise.all(left.map(single));
      left = left.filter((identifier) => !gone.has(identifier));
    }
  };

  const bulk = async (identifiers: readonly string[]): Promise<void> => {
    const body = JSON.stringify({ entities: identifiers });
    const call: Call = { method: 'POST', path: `/blueprints/${blueprint}/bulk/entities/delete${parameters}`, userAgent: deletion.userAgent, body, repeatable: true, ...turn };
    const outcome = await wire.bulk(turn, () => send(call));
    if (outcome === undefined) return;
    if (outcome.status === 403) return void (refused = wire.error(call, outcome));
    // One entity that the portal will not delete fails the whole call; alone, the others go.
    if (!succeeded(outcome) && outcome.status !== 404) return singles(identifiers);
    const deleted: unknown = objectOf(outcome.text)?.['deletedEntities'];
    if (Array.isArray(deleted)) for (const identifier of deleted as unknown[]) if (typeof identifier === 'string' && asked.has(identifier)) gone.add(identifier);
    const missing = identifiers.filter((identifier) => !gone.has(identifier));
    if (missing.length > 0) await lookAgain(missing);
  };

  /** The answer names what the call deleted; what it does not name was not deleted, or was not there. */
  const lookAgain = async (identifiers: readonly string[]): Promise<void> => {
    try {
      const there = await search(wire, { userAgent: deletion.userAgent, blueprint: deletion.blueprint, identifiers, ...turn });
      for (const identifier of identifiers) if (!there.has(identifier)) gone.add(identifier);
    } catch (err) {
      if (!(err instanceof FrameworkError)) throw err;
      lost ??= err;
    }
  };

  const possible = [...asked].filter(isPossible);
  for (const identifier of asked) if (!isPossible(identifier)) gone.add(identifier);
  if (deletion.deleteDependents) {
    const parts: string[][] = [];
    for (let from = 0; from < possible.length; from += BULK) parts.push(possible.slice(from, from + BULK));
    await Promise.all(parts.map(bulk));
  } else await singles(possible);

  if (lost !== undefined && gone.size === 0) throw lost;
  const left = asked.size - gone.size;
  if (left > 0) wire.log[lost === undefined && isNeeded(deletion, refused) ? 'debug' : 'warn'](`the portal kept ${left} of ${asked.size} entities that were to be deleted`, { blueprint: deletion.blueprint, err: lost ?? refused });
  return gone;
}

/** Another entity points to it, which may be about to go itself: whoever deletes without dependents tries again, and tells what is left then. */
const isNeeded = ({ deleteDependents }: Deletion, refused: FrameworkError | undefined): boolean => !deleteDependents && (refused === undefined || refused.status === 409 || refused.status === 422);

/** Nothing can have an identifier that no address can name, so it is gone. */
function isPossible(identifier: string): boolean {
  try {
    segment(identifier);
    return true;
  } catch {
    return false;
  }
}
