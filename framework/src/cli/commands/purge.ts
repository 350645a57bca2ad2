import { auditMessages, components } from '../../audit';
import type { Settings } from '../../config';
import { services } from '../../connector/services';
import { FrameworkError } from '../../contract';
import { loadEntries, pipelinesOf } from '../../load';
import type { PortalActorClient } from '../../portal';
import { openAudit } from '../../runtime/open-audit';
import { forgetConnector } from '../../runtime/forget-connector';
import { standalonePortal } from '../../runtime/standalone-portal';
import { groupBy, systemClock } from '../../shared';
import { pageByPage, pages, parseOutputId, scopeId, type DeadLetter, type Run, type Stored, type Store } from '../../store';
import { refuseBroken, usageError, type Command } from '../command';
import { exitCodes, type ExitCode } from '../exit-codes';
import { findProcess, ownStore } from '../running-process';

const PAGE = 500;
const { run: messages } = auditMessages;

/** Deletes what an entry owns in store, catalog and portal (not in the sinks of declared pipelines); the registration too, when the entry is no longer in the file. */
export async function run({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const identifier = invocation.target!;
  if (invocation.text('confirm') !== identifier) throw usageError(`purge deletes everything that ${identifier} owns; say so with --confirm ${identifier}`);
  const running = await findProcess(settings, log);
  if (running) throw new FrameworkError('STORE_HELD', [settings.process.dataDir, `pid ${running.pid} at ${running.url}`]);
  const { entries, failed, disabled } = await loadEntries(settings, services);
  const configured = [...entries, ...disabled, ...failed].find((entry) => entry.identifier === identifier);
  const store = await ownStore(settings, log);
  const audit = openAudit({ settings, store, clock: systemClock, log, secrets: [] });
  const own = audit.child(components.run, { connector: identifier });
  const open = await standalonePortal(settings, { clock: systemClock, log });
  try {
    own.log('purge', messages.purgeRequested, { connectorName: identifier });
    const client = open && (await actorOf(open.portal, identifier));
    const removed = await removeEntities(store, identifier, client);
    const pipelines = await pipelinesThatWere(store, settings, identifier);
    await store.outputs.forget(identifier);
    await store.rows.forget(identifier);
    await store.events.forget(identifier);
    await forgetDocuments(store, identifier, pipelines);
    await forgetConnector(store.documents, identifier);
    if (client && !configured) await client.deleteIntegration();
    own.log('purge', messages.purged, { connectorName: identifier, counts: { entities: removed } });
    print(invocation.json ? JSON.stringify({ identifier, entities: removed }) : `purged ${identifier}: ${removed} entities`);
    return exitCodes.done;
  } finally {
    await open?.close();
    await audit.close();
    await store.ownership.release();
    await store.close();
  }
}

type OpenedPortal = NonNullable<Awaited<ReturnType<typeof standalonePortal>>>['portal'];

/** The owner as the portal knows it: type and version are those of the registration. Undefined: it was never registered. */
async function actorOf(portal: OpenedPortal, identifier: string): Promise<PortalActorClient | undefined> {
  const registration = await portal.as({ type: 'unknown', version: '0', identifier }).integration(identifier);
  return registration && portal.as({ type: registration.installationAppType ?? 'unknown', version: registration.version ?? '0', identifier });
}

async function removeEntities(store: Store, integration: string, client: PortalActorClient | undefined): Promise<number> {
  let removed = 0;
  for await (const outputs of pageByPage(PAGE, (page) => store.outputs.find({ integration, ...page }))) {
    // What declared pipelines wrote lies in sinks that are not ours, and stays there.
    const entities = outputs.filter((output) => output.sinks.some(({ sink }) => sink === 'catalog' || sink === 'port'));
    const names = entities.map((output) => ({ blueprint: parseOutputId(output._id).blueprint, identifier: output.identifier ?? parseOutputId(output._id).identifier }));
    await store.catalog.remove(names.map((name) => ({ ...name, integration })));
    if (client) {
      for (const [blueprint, group] of groupBy(names, (name) => name.blueprint)) {
        const ours = await client.stillOwned(blueprint, group.map((name) => name.identifier));
        if (ours.size > 0) await client.deleteEntities(blueprint, [...ours], { deleteDependents: true });
      }
    }
    removed += names.length;
  }
  return removed;
}

/** Names of the pipelines of the entry: those in the file, and of one that left it those that outputs and dead letters still tell. A name that another entry has by now is that one's. */
async function pipelinesThatWere(store: Store, settings: Settings, integration: string): Promise<ReadonlySet<string>> {
  const names = new Set([integration]);
  for await (const outputs of pageByPage(PAGE, (page) => store.outputs.find({ integration, ...page }))) for (const { _id } of outputs) names.add(parseOutputId(_id).pipeline);
  for await (const letters of pages<DeadLetter>(store.documents, 'dead_letters', { equals: { integration } })) for (const { pipeline } of letters) names.add(pipeline);
  for (const entry of settings.entries) {
    for (const { name } of pipelinesOf(entry)) {
      if (entry.identifier === integration) names.add(name);
      else names.delete(name);
    }
  }
  return names;
}

async function forgetDocuments(store: Store, integration: string, pipelines: ReadonlySet<string>): Promise<void> {
  const prefix = scopeId({ integration, kind: '' });
  for (const collection of ['ticks', 'scans'] as const) {
    for await (const page of pages<Stored>(store.documents, collection, { prefix })) for (const document of page) await store.documents.remove(collection, document._id);
  }
  for await (const page of pages<Run>(store.documents, 'runs', { equals: { integration } })) for (const document of page) await store.documents.remove('runs', document._id);
  for await (const page of pages<Stored>(store.documents, 'dead_letters', { equals: { integration } })) for (const document of page) await store.documents.remove('dead_letters', document._id);
  const ofPipelines = [...pipelines].flatMap((name) => [`paused/${name}`, `shapes/${name}`]);
  for (const name of [`listed/${integration}`, `mapping/${integration}`, ...ofPipelines]) await store.documents.remove('state', name);
}
