import { ContextClosed, hashText, parseJson, toFrameworkError, toJson, type ElementHeader, type Json, type JsonObject, type Log, type OutTopicEvent, type OutTopicEventType } from '../../contract';
import { encodeSegment, type Clock } from '../../shared';
import { keepDeadLetter, pages, readState, writeState, type CatalogDocument, type Store, type Stored } from '../../store';
import type { CatalogChanges, CatalogKey } from './catalog-changes';
import { TRIES, waitBefore } from './patience';

const PAGE = 500;

/** `state` documents of what a subscription was told: `out-topic/<connector>/<name>/<blueprint>/<identifier>`. */
export const OUT_TOPIC = 'out-topic/';

/** Of an entity that a mapping made: nothing. */
export interface Seen {
  readonly classifications: Readonly<Record<string, JsonObject>>;
  readonly header?: ElementHeader;
}

export interface SubscriptionOptions {
  /** Of the entry. */
  readonly connector: string;
  readonly name: string;
  readonly blueprints: readonly string[];
  /** What is kept about an element, and whether the connector may see it. Undefined: it may not. */
  look(document: CatalogDocument): Promise<Seen | undefined>;
  heard(event: OutTopicEvent): Promise<void>;
  /** It was taken, or was not and comes again. */
  handled(event: OutTopicEvent): void;
  failed(event: OutTopicEvent, error: unknown): void;
}

export interface SubscriptionDeps {
  readonly store: Store;
  readonly changes: CatalogChanges;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes the secrets of the entry out of a text. */
  withhold(text: string): string;
}

/** What the subscriber was told last of an element. */
interface Told {
  readonly hash: string;
  readonly classifications: Readonly<Record<string, JsonObject>>;
}

/**
 * Tells a connector what changed in the catalog against what it was told before, which is kept: so what was stored and not handled when the process was killed comes after
 * the next start. At least once, in order for each element; states in between are passed over. Gives how to end it; what was told stays told.
 */
export function subscribe({ store, changes, clock, log, withhold }: SubscriptionDeps, options: SubscriptionOptions): () => Promise<void> {
  const { connector, name, blueprints } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const prefix = `${OUT_TOPIC}${encodeSegment(connector)}/${encodeSegment(name)}/`;
  const stateOf = ({ blueprint, identifier }: CatalogKey): string => `${prefix}${encodeSegment(blueprint)}/${identifier}`;
  const waiting = new Map<string, { readonly key: CatalogKey; readonly tries: number; readonly notBefore: number }>();
  let wake: () => void = () => undefined;

  const offer = (key: CatalogKey): void => {
    const id = stateOf(key);
    const known = waiting.get(id);
    waiting.set(id, { key, tries: known?.tries ?? 0, notBefore: known?.notBefore ?? 0 });
    wake();
  };
  const unlisten = changes.listen(blueprints, (changed) => changed.forEach(offer));

  /** Everything that may differ from what was told. */
  async function compare(): Promise<void> {
    for (const blueprint of blueprints) {
      for (let cursor: string | null | undefined; cursor !== null && !signal.aborted; ) {
        const { documents, next } = await store.catalog.list({ blueprint, limit: PAGE, ...(cursor !== undefined && { cursor }) });
        for (const document of documents) offer({ blueprint, identifier: document.identifier });
        cursor = next;
      }
      const own = `${prefix}${encodeSegment(blueprint)}/`;
      for await (const page of pages<Stored>(store.documents, 'state', { prefix: own })) {
        for (const { _id } of page) offer({ blueprint, identifier: _id.slice(own.length) });
      }
    }
  }

  async function tell(key: CatalogKey): Promise<void> {
    const [document, told] = await Promise.all([store.catalog.get(key.blueprint, key.identifier), readState<Told>(store.documents, stateOf(key))]);
    // Its own elements are no news to it.
    const seen = document && document.integration !== connector ? await options.look(document) : undefined;
    const now = document && seen ? { hash: hashText(`${document.title ?? ''} ${document.properties} ${document.relations}`), classifications: seen.classifications } : undefined;
    if (!now && !told) return;
    for (const eventType of eventsOf(told, now)) {
      signal.throwIfAborted();
      const event: OutTopicEvent = {
        eventType,
        eventTime: new Date(clock.now()).toISOString(),
        element: { blueprint: key.blueprint, identifier: key.identifier } as OutTopicEvent['element'],
        ...(seen?.header && { header: seen.header }),
        ...(document && now && { properties: parseJson(document.properties) as Readonly<Record<string, Json>>, relations: parseJson(document.relations) as NonNullable<OutTopicEvent['relations']> }),
      };
      try {
        await options.heard(event);
      } catch (err) {
        if (!signal.aborted && !(err instanceof ContextClosed)) options.failed(event, err);
        throw err;
      }
      options.handled(event);
    }
    if (now) await writeState(store.documents, stateOf(key), now);
    else await store.documents.remove('state', stateOf(key));
  }

  async function work(): Promise<void> {
    for (const [id, { key, tries, notBefore }] of [...waiting]) {
      if (signal.aborted) return;
      if (notBefore > clock.now()) continue;
      waiting.delete(id);
      try {
        await tell(key);
      } catch (err) {
        if (signal.aborted) return;
        // Not now: it pauses, or it is about to end; what was not told is found by the next comparison.
        const later = err instanceof ContextClosed;
        if (tries + 1 >= TRIES && !later) await giveUp(key, err);
        else waiting.set(id, { key, tries: later ? tries : tries + 1, notBefore: clock.now() + waitBefore(tries + 1) });
      }
    }
  }

  async function giveUp(key: CatalogKey, err: unknown): Promise<void> {
    const error = toFrameworkError(err);
    log.warn('a connector could not take a change of the catalog; it is a dead letter', { integration: connector, subscription: name, ...key, err });
    await keepDeadLetter(store.documents, { integration: connector, pipeline: connector, sink: name, row: stateOf(key), stage: 'sink', code: error.code, message: withhold(error.message), payload: toJson(key) }, clock);
  }

  async function run(): Promise<void> {
    for (let compared = false, attempt = 1; !signal.aborted; ) {
      const woken = new AbortController();
      wake = () => woken.abort();
      try {
        if (!compared) await compare();
        compared = true;
        await work();
        attempt = 1;
      } catch (err) {
        if (signal.aborted) return;
        log.warn('changes of the catalog cannot be told; trying again', { integration: connector, subscription: name, err });
        await clock.sleep(waitBefore(attempt++), signal).catch(() => undefined);
        continue;
      }
      const next = Math.min(...[...waiting.values()].map(({ notBefore }) => notBefore));
      if (next <= clock.now()) continue;
      await clock.sleep(Math.min(next - clock.now(), 3_600_000), AbortSignal.any([signal, woken.signal])).catch(() => undefined);
    }
  }

  const running = run();
  return async () => {
    unlisten();
    stopping.abort(new DOMException('the subscription ends', 'AbortError'));
    await running;
  };
}

function eventsOf(before: Told | undefined, now: Told | undefined): readonly OutTopicEventType[] {
  if (!now) return ['ELEMENT_DELETED'];
  if (!before) return ['NEW_ELEMENT_CREATED'];
  const events = new Set<OutTopicEventType>();
  if (before.hash !== now.hash) events.add('ELEMENT_UPDATED');
  for (const [name, properties] of Object.entries(now.classifications)) {
    const known = before.classifications[name];
    if (known === undefined) events.add('ELEMENT_CLASSIFIED');
    else if (JSON.stringify(known) !== JSON.stringify(properties)) events.add('ELEMENT_RECLASSIFIED');
  }
  if (Object.keys(before.classifications).some((name) => !(name in now.classifications))) events.add('ELEMENT_DECLASSIFIED');
  return [...events];
}
