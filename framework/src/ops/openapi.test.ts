import { openApiOf, refusalsOf } from './openapi';
import { route } from './route';
import { routes } from './routes';
import { serve, type Served } from './test/serve';

const about = { title: 'Integration Framework', version: '0.1.0' };
type Operation = { parameters: { name: string; in: string; required: boolean }[]; responses: Record<string, { content?: Record<string, { schema: object }> }>; requestBody?: object };
const document = openApiOf(routes, about) as { openapi: string; paths: Record<string, Record<string, Operation>> };

describe('the OpenAPI document', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => served.close());

  it('is what the server gives at both paths', async () => {
    const plain = JSON.parse(JSON.stringify(document)) as unknown;
    expect((await served.call('/api/v1/openapi.json')).body).toEqual(plain);
    expect((await served.call('/documentations/json')).body).toEqual(plain);
  });

  it('has every route of the table, with every path parameter', () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })));
    expect(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(routes.map((one) => `${one.method} ${one.path.replace('+}', '}')}`).sort());
    for (const { path, operation } of operations) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name).sort()).toEqual(named.sort());
      expect(declared.every(({ required }) => required)).toBe(true);
    }
  });

  it('has no reference to nowhere', () => {
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) expect(text).toContain(`"${name}":{"type":"object"`);
    expect(text).not.toContain('$schema');
  });

  it('tells defaults, limits and errors of a list', () => {
    const list = document.paths['/api/v1/runs']!['get']!;
    expect(list.parameters.find(({ name }) => name === 'limit')).toMatchObject({ in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 } });
    expect(Object.keys(list.responses).sort()).toEqual(['200', '400', '401', '403', '500', '503']);
    expect(document.paths['/api/v1/dead-letters/{n}']!['delete']!.responses['204']).toEqual({ description: 'No Content' });
    expect(document.paths['/metrics']!['get']!.responses['200']!.content).toHaveProperty(['text/plain']);
  });

  it('declares a route once', () => {
    const names = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('refusals', () => {
  it('follow from what a route takes', () => {
    const open = route({ method: 'GET', path: '/x', summary: '', access: 'open', answers: {}, handle: () => ({ status: 404, body: { error: 'Not Found', message: '' } }) });
    expect(refusalsOf(open)).toEqual([500, 503]);
    expect(refusalsOf({ ...open, method: 'POST', access: 'operator', refuses: [409] })).toEqual([401, 403, 409, 413, 415, 500, 503]);
    expect(refusalsOf({ ...open, method: 'POST', access: 'trigger' })).toEqual([401, 413, 500, 503]);
  });
});
