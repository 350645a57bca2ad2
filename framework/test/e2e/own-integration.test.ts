import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { folderWith, repository, runCommand, startProcess, type Folder } from './framework-process';
import { entitiesOf, resync, settled } from './observe';

/** What a newcomer writes, after the README: one file of code, a mapping and a blueprint, in a folder of their own. */
const code = `import { defineIntegration } from '@integration-framework/framework';
import { label } from 'shelf-labels';

interface Book { isbn: string; title: string; shelf: number; changed: string }

export default defineIntegration({
  type: 'books',
  version: '1.0.0',
  title: 'Books',
  description: 'Books of our library',
  settings: {
    url: { type: 'string', required: true, description: 'Base URL of the library' },
    token: { type: 'string', secret: true, required: true, description: 'Token of the library' },
  },
  http: (settings) => ({ baseUrl: settings.url, auth: () => ({ authorization: \`Bearer \${settings.token.reveal()}\` }) }),
  kinds: [
    {
      name: 'book',
      paging: 'stable',
      key: (book: Book) => [book.isbn],
      version: (book: Book) => Date.parse(book.changed),
      async *scan(context, position) {
        for (let page = Number(position?.page ?? 1); ; page++) {
          const { books, last } = (await context.http.get('/books', { page })) as { books: Book[]; last: boolean };
          yield { rows: books.map((book) => ({ ...book, label: label(book.shelf) })), next: last ? undefined : { page: page + 1 } };
          if (last) return;
        }
      },
    },
  ],
});
`;
const mapping = `resources:
  - kind: book
    selector: { query: "true" }
    port:
      entity:
        mappings: { identifier: .isbn, title: .title, blueprint: '"book"', properties: { label: .label, changed: .changed } }
`;
const blueprint = `identifier: book
title: Book
schema:
  properties:
    label: { type: string }
    changed: { type: string, format: date-time }
`;

/** A library whose API is the test's own: three pages, for whoever has the token. */
function startLibrary(): Promise<Server> {
  const server = createServer((request, response) => {
    const page = Number(new URL(request.url!, 'http://library').searchParams.get('page'));
    const allowed = request.headers.authorization === 'Bearer token-of-the-library';
    const books = [1, 2].map((n) => ({ isbn: `978-${page}-${n}`, title: `Book ${n} of page ${page}`, shelf: page, changed: '2026-01-01T00:00:00Z' }));
    response.writeHead(allowed ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(allowed ? { books, last: page === 3 } : { message: 'who are you?' }));
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe("a newcomer's own integration", () => {
  let library: Server;
  /** The second folder: outside the repository, and outside the folder of the configuration. */
  let own: Folder;
  let folder: Folder;
  beforeEach(async () => {
    library = await startLibrary();
    own = folderWith({});
    own.write('books/src/index.ts', code);
    own.write('books/mapping.yaml', mapping);
    own.write('books/blueprints/book.yaml', blueprint);
    own.write('books/package.json', JSON.stringify({ name: 'books', private: true, dependencies: { 'shelf-labels': '1.0.0' } }));
    own.write('books/node_modules/shelf-labels/package.json', JSON.stringify({ name: 'shelf-labels', version: '1.0.0', main: 'index.js' }));
    own.write('books/node_modules/shelf-labels/index.js', "exports.label = (shelf) => 'shelf ' + shelf;\n");
  });
  afterEach(async () => {
    library.closeAllConnections();
    await new Promise((resolve) => library.close(resolve));
    own.remove();
    folder.remove();
  });
  const url = (): string => `http://127.0.0.1:${(library.address() as AddressInfo).port}`;
  const configuration = (more: readonly object[] = []): object => ({
    port: { baseUrl: 'local' },
    integrationsPath: own.path,
    integrations: [{ identifier: 'our-books', type: 'books', config: { url: url(), token: { fromEnv: 'LIBRARY_TOKEN' } } }, ...more],
  });
  const environment = { LIBRARY_TOKEN: 'token-of-the-library' };

  it('is under 60 lines, is found in a second folder, uses its own package, is registered and resynced', async () => {
    expect([code, mapping, blueprint].join('').split('\n').length - 1).toBeLessThan(60);
    folder = folderWith(configuration());
    const described = await runCommand(folder, ['validate', '--integration', 'books']);
    expect(described).toMatchObject({ code: 0, stderr: '' });
    expect(described.stdout).toMatch(/^Books \(books\) 1\.0\.0\nBooks of our library\n[^]*kinds +book\n[^]*token +secret, required +Token of the library/);
    expect(await runCommand(folder, ['check', 'our-books'], environment)).toMatchObject({ code: 0, stdout: expect.stringMatching(/ok {6}source our-books {2}book: a page of 2/) });

    const framework = await startProcess(folder, environment);
    try {
      expect(await settled(framework)).toMatchObject({ state: 'completed', kinds: [{ kind: 'book', rows: { received: 6, stored: 6 } }] });
      expect(await entitiesOf(framework, 'book')).toHaveLength(6);
      expect((await entitiesOf(framework, 'book'))[0]).toMatchObject({ identifier: '978-1-1', title: 'Book 1 of page 1', properties: { label: 'shelf 1', changed: '2026-01-01T00:00:00Z' }, integration: 'our-books' });
      const credentials = JSON.parse(fs.readFileSync(`${folder.path}/.data/portal-credentials.json`, 'utf8')) as object;
      const { body } = await framework.call('POST', '/v1/auth/access_token', credentials);
      const headers = { authorization: `Bearer ${String(body['accessToken'])}` };
      expect((await framework.call('GET', '/v1/integration/our-books', undefined, headers)).body['integration']).toMatchObject({ installationAppType: 'books', version: '1.0.0' });
      expect((await framework.call('GET', '/v1/blueprints/book', undefined, headers)).body['blueprint']).toMatchObject({ identifier: 'book', title: 'Book' });
      expect((await framework.call('GET', '/v1/blueprints/book/entities', undefined, headers)).body['entities']).toHaveLength(6);
      expect(await resync(framework, 'our-books')).toMatchObject({ kinds: [{ rows: { received: 6, unchanged: 6 } }] });
    } finally {
      expect((await framework.stop()).code).toBe(0);
    }
  });

  it('one that throws on load, lacks a package, gives no integration, or breaks while it runs harms nobody', async () => {
    const kind = (scan: string): string => `const { defineIntegration } = require('@integration-framework/framework');
module.exports = defineIntegration({ type: __dirname.split('/').at(-2), version: '1.0.0', title: 'T', description: 'D', settings: { token: { type: 'string', secret: true, description: 'T' } },
  mapping: { resources: [{ kind: 'thing', selector: { query: 'true' }, port: { entity: { mappings: { identifier: '.id', blueprint: '"book"' } } } }] }, blueprints: [],
  kinds: [{ name: 'thing', paging: 'stable', key: (row) => [row.id], scan: async function* (context) { ${scan} } }] });`;
    const files = {
      throws: 'throw new Error("no good on load");',
      lacks: "require('not-installed');",
      'not-one': 'module.exports = { type: "not-one" };',
      syntax: 'export default {',
      'throws-late': kind("throw new Error('it broke with ' + context.settings.token.reveal());"),
      'no-rows': kind("yield { rows: 'text', next: undefined };"),
      forgets: kind("Promise.reject(new Error('nobody awaits this')); await new Promise(setImmediate); yield { rows: [{ id: 'of-forgets' }], next: undefined };"),
    };
    for (const [name, text] of Object.entries(files)) own.write(`${name}/src/index.ts`, text);
    const late = ['throws-late', 'no-rows', 'forgets'];
    folder = folderWith(configuration(Object.keys(files).map((name) => ({ identifier: name, type: name, ...(late.includes(name) && { config: { token: { fromEnv: 'LIBRARY_TOKEN' } } }) }))));
    const framework = await startProcess(folder, environment);
    try {
      await settled(framework);
      const { integrations } = await framework.get<{ integrations: { identifier: string; state: string; problems: { code: string; message: string; remedy: string }[]; lastRun: { state: string; kinds: { reason?: string }[] } | null }[] }>('/api/v1/integrations');
      const of = new Map(integrations.map((one) => [one.identifier, one]));
      for (const [name, says] of [['throws', /no good on load/], ['lacks', /not-installed/], ['not-one', /defineIntegration|settings|version/], ['syntax', /cannot be loaded/]] as const) {
        expect(of.get(name)).toMatchObject({ state: 'config-failed', problems: [{ code: 'INTEGRATION_BROKEN', message: expect.stringMatching(says) }] });
      }
      expect(of.get('lacks')!.problems[0]!.remedy).toMatch(/npm ci/);
      expect(of.get('throws-late')!.lastRun).toMatchObject({ state: 'failed', kinds: [{ reason: 'the integration failed: it broke with [redacted]' }] });
      expect(of.get('no-rows')!.lastRun).toMatchObject({ state: 'failed', kinds: [{ reason: expect.stringMatching(/a page of the kind thing has no list of rows/) }] });
      expect(of.get('forgets')!.lastRun).toMatchObject({ state: 'completed' });
      expect(framework.stderr()).toMatch(/nobody awaited it.*|nobody awaits this/);
      expect(of.get('our-books')!.lastRun).toMatchObject({ state: 'completed' });
      expect((await entitiesOf(framework, 'book')).map((entity) => entity.identifier)).toContain('978-3-2');
      expect((await framework.call('GET', '/health/ready')).status).toBe(200);
      expect(framework.stdout() + framework.stderr()).not.toContain(environment.LIBRARY_TOKEN);
    } finally {
      expect((await framework.stop()).code).toBe(0);
    }
  });
});

it('an error shows the line that its author wrote', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'own-'));
  try {
    const file = path.join(folder, 'late.ts');
    fs.writeFileSync(file, ['interface Gone {', '  readonly compiled: true;', '}', '', 'const fail = (gone?: Gone): never => {', '  throw new Error(`no ${String(gone)}`);', '};', 'fail();'].join('\n'));
    const { stderr } = spawnSync(process.execPath, ['-r', path.join(repository, 'framework/bin/hook.js'), file], { encoding: 'utf8' });
    expect(stderr).toContain(`${file}:6:9`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
