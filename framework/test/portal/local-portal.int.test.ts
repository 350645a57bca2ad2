import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Secret, type Blueprint, type Mapping } from '../../src/contract';
import { createLocalPortal, type LocalPortal } from '../../src/local-portal';
import { connectPortal, type Portal, type PortalActor } from '../../src/portal';
import { mappingOf, register } from '../../src/register';
import { systemClock } from '../../src/shared';
import { recordedLog } from '../../src/testkit';

const blueprint = (identifier: string, relations: Blueprint['relations'] = {}): Blueprint => ({
  identifier,
  title: identifier,
  schema: { properties: { count: { type: 'number', title: 'Count' }, note: { type: 'string', title: 'Note' } }, required: [] },
  relations,
});
const blueprints = [blueprint('service', { team: { target: 'team', required: false, many: false, title: 'Team' } }), blueprint('team', { lead: { target: 'service', required: false, many: false } })];
const defaultMapping: Mapping = { resources: [{ kind: 'repository', selector: { query: 'true' }, port: { entity: { mappings: { identifier: '.id', blueprint: '"service"' } } } }] };
const actor: PortalActor = { type: 'git', version: '1.0.0', identifier: 'mine' };
const options = { merge: true, createMissingRelatedEntities: false, runId: '11111111-2222-3333-4444-555555555555' };
const service = (identifier: string, more: object = {}): string => JSON.stringify({ identifier, title: identifier, properties: { count: 1, note: null }, ...more });

describe('the client and the built-in portal', () => {
  let folder: string;
  let local: LocalPortal;
  let server: Server;
  let portal: Portal;
  const log = recordedLog();
  const statuses: (number | string)[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'portal-'));
    local = createLocalPortal({ folder, clock: systemClock, log, credentials: { clientId: 'id', clientSecret: 'secret' } });
    server = createServer((request, response) => {
      if (!local.handler(request, response)) response.writeHead(404).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    portal = connect('secret');
  });
  afterAll(async () => {
    portal.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
    local.close();
    await rm(folder, { recursive: true });
  });

  const connect = (secret: string): Portal =>
    connectPortal({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      clientId: new Secret('id'),
      clientSecret: new Secret(secret),
      product: 'integration-framework',
      clock: systemClock,
      log,
      onRequest: (status) => statuses.push(status),
    });
  const boot = (mapping?: Mapping) =>
    register(portal.as(actor), portal, {
      origin: 'Default',
      initialize: true,
      changelogDestination: {},
      blueprints,
      mapping,
      defaultMapping,
      actionsProcessingEnabled: false,
      incrementalSyncEnabled: false,
      clock: systemClock,
      log,
      signal: new AbortController().signal,
        blueprintsCreated: () => undefined,
    });
  const ownedBy = async (who: PortalActor): Promise<string[]> => {
    const all: string[] = [];
    for await (const page of portal.as(who).owned()) all.push(...page.map((entity) => `${entity.blueprint}/${entity.identifier}`));
    return all.sort();
  };

  it('refuses wrong credentials and takes the right ones', async () => {
    await expect(connect('wrong').connect()).rejects.toMatchObject({ code: 'PORTAL_REFUSED' });
    await portal.connect();
    expect(portal.status().ok).toBe(true);
    await expect(portal.organization()).resolves.toMatchObject({ id: 'local' });
  });

  it('boots: integration, mapping, blueprints that name each other; again without a write or a request for a resync', async () => {
    await expect(boot()).resolves.toMatchObject({ identifier: 'mine', config: defaultMapping, arePortResourcesInitialized: true });
    const client = portal.as(actor);
    await expect(client.blueprint('service')).resolves.toMatchObject(blueprints[0]!);
    await expect(client.blueprint('team')).resolves.toMatchObject(blueprints[1]!);
    const before = await client.integration();
    const from = statuses.length;
    await boot();
    await expect(client.integration()).resolves.toEqual(before);
    await expect(client.resyncRequest()).resolves.toBeUndefined();
    expect(statuses.slice(from)).not.toContain(201);
    await expect(mappingOf({ defaultMapping }, client)).resolves.toEqual(defaultMapping);
    const own: Mapping = { ...defaultMapping, enableMergeEntity: false };
    await expect(boot(own)).resolves.toMatchObject({ config: own });
    await expect(mappingOf({ defaultMapping }, client)).resolves.toEqual(own);
    await expect(client.resyncRequest()).resolves.toBeUndefined();
  });

  it('upserts with a result for each, creates once, and tells what is unmet and what is wrong', async () => {
    const client = portal.as(actor);
    const many = Array.from({ length: 250 }, (_, at) => service(`s/${at}`));
    const first = await client.upsert('service', many, options);
    expect(first.filter((result) => result.ok && result.created)).toHaveLength(250);
    const second = await client.upsert('service', many, options);
    expect(second.filter((result) => result.ok && !result.created)).toHaveLength(250);
    const mixed = await client.upsert(
      'service',
      [service('good'), service('waits', { relations: { team: 'nobody' } }), service('bad', { properties: { count: 'many' } }), service('large', { title: 'x'.repeat(1_100_000) })],
      options,
    );
    expect(mixed).toMatchObject([
      { ok: true, identifier: 'good' },
      { ok: false, unmet: true, transient: false, status: 404 },
      { ok: false, unmet: false, transient: false, status: 422 },
      { ok: false, unmet: false, transient: false, status: 413 },
    ]);
    await expect(client.upsert('team', [JSON.stringify({ identifier: 'nobody', properties: {} })], options)).resolves.toMatchObject([{ ok: true }]);
    await expect(client.upsert('service', [service('waits', { relations: { team: 'nobody' } })], options)).resolves.toMatchObject([{ ok: true }]);
    await expect(client.upsert('absent', [service('x')], options)).resolves.toMatchObject([{ ok: false, unmet: true, status: 404 }]);
  });

  it('bulks of large entities go through, in full', async () => {
    const large = Array.from({ length: 30 }, (_, at) => service(`large-${at}`, { properties: { count: at, note: 'y'.repeat(100_000) } }));
    const results = await portal.as(actor).upsert('service', large, options);
    expect(results.every(({ ok }) => ok)).toBe(true);
  });

  it('owns what it wrote, in every version of itself; nobody else does', async () => {
    expect(await ownedBy(actor)).toHaveLength(250 + 2 + 30 + 1);
    expect(await ownedBy({ ...actor, version: '2.0.0' })).toHaveLength(283);
    expect(await ownedBy({ ...actor, identifier: 'other' })).toEqual([]);
    const asked = ['s/0', 's/1', 'never'];
    expect([...(await portal.as(actor).stillOwned('service', asked))].sort()).toEqual(['s/0', 's/1']);
    await portal.as({ ...actor, identifier: 'other' }).upsert('service', [service('s/1')], options);
    expect([...(await portal.as(actor).stillOwned('service', asked))]).toEqual(['s/0']);
  });

  it('deletes in bulk; what is not there is gone too', async () => {
    const client = portal.as(actor);
    const identifiers = [...Array.from({ length: 249 }, (_, at) => `s/${at}`), 'never'].filter((identifier) => identifier !== 's/1');
    const gone = await client.deleteEntities('service', identifiers, { deleteDependents: true, runId: options.runId });
    expect([...gone].sort()).toEqual([...identifiers].sort());
    expect((await ownedBy(actor)).filter((id) => id.startsWith('service/s/'))).toEqual(['service/s/249']);
  });

  it('without dependents, what others point to goes after them', async () => {
    const client = portal.as(actor);
    expect((await client.deleteEntities('team', ['nobody'], { deleteDependents: false })).size).toBe(0);
    expect([...(await client.deleteEntities('service', ['waits', 'good'], { deleteDependents: false }))].sort()).toEqual(['good', 'waits']);
    expect([...(await client.deleteEntities('team', ['nobody'], { deleteDependents: false }))]).toEqual(['nobody']);
  });

  it('tells the state of a resync, hands over examples, and leaves', async () => {
    const client = portal.as(actor);
    await client.resyncState({ status: 'running', lastResyncStart: '2026-01-01T00:00:00.000Z', lastResyncEnd: null, nextResync: null, intervalInMinuets: null });
    await client.examples('repository', [{ id: 1 }]);
    await expect(client.integration()).resolves.toMatchObject({ resyncState: { status: 'running' } });
    await client.deleteIntegration();
    await expect(client.integration()).resolves.toBeUndefined();
    expect(log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
    expect(log.lines.filter((line) => line.includes('did not take'))).toEqual([]);
  });
});
