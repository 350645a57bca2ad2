import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { BlueprintName, ConnectorDeps, IntegrationConnector, NewElement } from '@integration-framework/framework';
import { FrameworkError } from '@integration-framework/framework';
import { apis, endpoints } from './elements/api';
import type { Described } from './elements/describe';
import { apiOperations, apiParameterLists } from './elements/operation';
import { apiParameters } from './elements/parameter';
import { keepDocuments, type Document, type Documents, type Failure } from './keep-documents';
import { readPattern } from './list-files';
import { inPages } from './pages';
import { placesOf, type Place } from './places';
import type { OpenapiSettings } from './settings';
import { Unread } from './unread';

/** What was not read: some of these are named, of the others there is the number. */
const MOST_NAMED = 5;

function unread(failures: readonly Failure[]): FrameworkError {
  const named = failures.slice(0, MOST_NAMED).map(({ address, reason }) => `${address}: ${reason}`);
  const more = failures.length - named.length;
  return new FrameworkError('SOURCE_NOT_READ', [failures.length === 1 ? 'a document' : `${failures.length} documents`, [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')]);
}

type Describe<TBlueprint extends BlueprintName> = (of: Described) => Iterable<NewElement<TBlueprint>>;

/** One target: the documents of the settings, or that of its endpoint. */
export function openapiConnector(deps: ConnectorDeps<OpenapiSettings, 'api'>): IntegrationConnector<'api'> {
  const { settings, connection, target, log } = deps;
  const ending = new AbortController();
  let places: readonly Place[] = [];
  let documents: Documents | undefined;
  const described = new Map<BlueprintName, number>();

  async function listen(): Promise<void> {
    for (const place of places) {
      if (place.kind !== 'files') continue;
      const { base, recursive, matches } = readPattern(place);
      // Another file is no news; a folder stands for all in it, and of what is gone nobody knows what it was.
      const concerns = async (file: string): Promise<boolean> => matches(file) || !(await lstat(file).then((found) => found.isFile(), () => false));
      try {
        await deps.context.listeners.directory(
          base,
          async (paths) => {
            for (const relative of paths) if (await concerns(path.join(base, relative))) return deps.context.requestRefresh();
          },
          { recursive },
        );
      } catch (err) {
        log.warn('changes of documents are seen by comparisons only: their directory cannot be watched', { directory: base, err });
      }
    }
  }

  async function* pagesOf<TBlueprint extends BlueprintName>(describe: Describe<TBlueprint>, of: { readonly documents: readonly Document[]; readonly failures: readonly Failure[]; readonly signal: AbortSignal }): AsyncGenerator<readonly NewElement<TBlueprint>[]> {
    for (const document of of.documents) {
      const { address, url } = document;
      yield* inPages(whole({ document: await document.read(), address, url, entity: target.entity, maxDepth: settings.maxDepth }, describe));
      of.signal.throwIfAborted();
    }
    // What was read is brought over all the same; nothing is removed.
    if (of.failures.length > 0) throw unread(of.failures);
  }

  function* whole<TBlueprint extends BlueprintName>(of: Described, describe: Describe<TBlueprint>): Generator<NewElement<TBlueprint>> {
    yield* describe(of);
  }

  return {
    async start(signal) {
      places = placesOf(connection.endpoint, settings);
      const { maxBytes, timeout: timeoutMs, authorization, authorizationHeader: header } = settings;
      documents = keepDocuments(places, { maxBytes, timeoutMs, header, ...(authorization && { authorization }) });
      await listen();
      signal.throwIfAborted();
    },
    /** Asks the URLs whether a document changed. */
    async engage(signal) {
      const until = AbortSignal.any([signal, ending.signal]);
      const hasUrls = places.some(({ kind }) => kind === 'url');
      try {
        // Without a URL there is nothing to wait for but the end.
        do await wait(settings.watchEvery, undefined, { signal: until });
        while (!hasUrls);
        if (await documents?.changed(until)) deps.context.requestRefresh();
      } catch (err) {
        if (until.aborted) return;
        throw err instanceof Unread ? new FrameworkError('SOURCE_NOT_READ', ['a document', err.message], { ...(err.status !== undefined && { status: err.status }) }) : err;
      }
    },
    async refresh(run) {
      if (documents === undefined) return;
      const signal = AbortSignal.any([run.signal, ending.signal]);
      const loaded = await documents.load(signal);
      const failed: unknown[] = [];
      const compare = async <TBlueprint extends BlueprintName>(blueprint: TBlueprint, describe: Describe<TBlueprint>): Promise<void> => {
        try {
          const { received } = await run.reconcile({ blueprint, source$: pagesOf(describe, { ...loaded, signal }) });
          described.set(blueprint, received);
        } catch (err) {
          signal.throwIfAborted();
          failed.push(err);
        }
      };
      // Anchors before what hangs on them.
      await compare('endpoint', endpoints);
      await compare('api', apis);
      await compare('apiOperation', apiOperations);
      await compare('apiParameterList', apiParameterLists);
      await compare('apiParameter', apiParameters);
      if (failed.length > 0) throw failed[0];
    },
    async disconnect() {
      ending.abort();
      documents = undefined;
    },
    statistics: () => ({ ...documents?.counts(), ...Object.fromEntries(described) }),
  };
}
