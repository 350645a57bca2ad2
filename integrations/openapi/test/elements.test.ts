import type { JsonObject } from '@integration-framework/framework';
import { faultOf } from '../src/document/version';
import { apis, endpoints } from '../src/elements/api';
import type { Described } from '../src/elements/describe';
import { apiOperations, apiParameterLists } from '../src/elements/operation';
import { apiParameters } from '../src/elements/parameter';
import { identifier, qualifiedName } from '../src/identity';

const at = 'http://h/o.json';
const describedAs = (document: object, more: Partial<Described> = {}): Described => ({ document: document as JsonObject, address: at, url: new URL(at), entity: undefined, maxDepth: 4, ...more });
const base = { openapi: '3.0.3', info: { title: 'Shop', version: '7' } };
const parameters = (document: object, more: Partial<Described> = {}) => new Map([...apiParameters(describedAs(document, more))].map((one) => [one.identifier.split('::').slice(3).join('::'), { ...one.properties, parent: one.parent?.identifier }]));

describe('apis and operations', () => {
  const document = {
    ...base,
    servers: [{ url: '/v1' }, { url: 'https://{region}.h/', variables: { region: { default: 'eu' } } }],
    tags: [{ name: 'pets', description: 'All pets' }, { name: 'unused' }],
    paths: {
      '/pets/{id}': { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }], get: { tags: ['pets', 'animals'], operationId: 'getPet', summary: 'A pet', deprecated: true, responses: {} }, 'x-note': {} },
      '/health': { get: { responses: { 200: { description: 'fine' } } } },
      '/elsewhere': { $ref: 'other.yaml#/paths/a' },
      'x-paths': { get: {} },
    },
  };
  it('there is one for each tag, and one for what has none; each leads to its server', () => {
    const made = [...apis(describedAs(document))];
    expect(made.map(({ identifier: id, properties: { name } }) => [id, name])).toEqual([[at, 'Shop'], [`${at}::pets`, 'pets'], [`${at}::unused`, 'unused'], [`${at}::animals`, 'animals']]);
    expect(made[1]).toMatchObject({
      properties: { qualifiedName: `API::${at}::pets`, versionIdentifier: '7', description: 'All pets', additionalProperties: { document: at, format: 'OpenAPI 3.0.3', otherServers: 'https://eu.h/', unresolved: 'other.yaml#/paths/a' } },
      relations: { endpoint: at },
    });
    expect([...endpoints(describedAs(document))]).toMatchObject([{ identifier: at, properties: { address: 'http://h/v1', protocol: 'http' } }]);
  });
  it('an entity that stands for the server is used, and none is made', () => {
    const described = describedAs(document, { entity: 'their-endpoint' });
    expect([...endpoints(described)]).toEqual([]);
    expect([...apis(described)][0]!.relations).toEqual({ endpoint: 'their-endpoint' });
  });
  it('there is one for each path and method, in the API of its first tag', () => {
    expect([...apiOperations(describedAs(document))]).toMatchObject([
      { identifier: `${at}::GET::/pets/=7Bid=7D`, parent: { identifier: `${at}::pets` }, properties: { displayName: 'GET /pets/{id}', command: 'GET', path: '/pets/{id}', isDeprecated: true, description: 'A pet', additionalProperties: { operationId: 'getPet', otherTags: 'animals' } } },
      { identifier: `${at}::GET::/health`, parent: { identifier: at }, properties: { isDeprecated: false } },
    ]);
    expect([...apiParameterLists(describedAs(document))].map(({ properties: { kind, displayName } }) => [kind, displayName])).toEqual([['REQUEST', 'GET /pets/{id}: parameters and body'], ['RESPONSE', 'GET /health: answers']]);
  });
});

describe('parameters', () => {
  const operation = (given: object, more: object = {}) => ({ ...base, paths: { '/p': { post: given } }, ...more });
  it('those of the operation go over those of the path; bodies and answers by media type, alike ones once', () => {
    const pet = { type: 'object', required: ['name'], properties: { name: { type: 'string', maxLength: 20, default: 'Rex' }, tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, minItems: 2, uniqueItems: true } } };
    const found = parameters({
      ...base,
      paths: {
        '/p': {
          parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }, { name: 'X-Trace', in: 'header', schema: { type: 'string' } }],
          post: {
            parameters: [{ name: 'q', in: 'query', required: true, schema: { type: 'integer', format: 'int64' } }, { name: 'sid', in: 'cookie', schema: {} }],
            requestBody: { required: true, content: { 'application/json': { schema: pet }, 'application/xml': { schema: pet }, 'text/plain': { schema: { type: 'string' } } } },
            responses: { 200: { description: 'ok', headers: { 'X-Rate': { schema: { type: 'integer' } } }, content: { 'application/json': { schema: { type: 'array', items: pet } } } }, default: { description: 'bad' } },
          },
        },
      },
    });
    expect([...found.keys()].filter((id) => id.split('::').length <= 4)).toEqual(['REQUEST::query::q', 'HEADER::header::X-Trace', 'HEADER::cookie::sid', 'REQUEST::body::application/json', 'REQUEST::body::text/plain', 'RESPONSE::body::200::application/json', 'RESPONSE::header::200::X-Rate', 'RESPONSE::body::default', 'REQUEST::body::application/json::name', 'REQUEST::body::application/json::tags']);
    expect(found.get('REQUEST::query::q')).toMatchObject({ dataType: 'integer (int64)', minCardinality: 1, maxCardinality: 1, parameterType: 'query' });
    expect(found.get('REQUEST::body::application/json')).toMatchObject({ displayName: 'body', dataType: 'object', additionalProperties: { mediaTypes: 'application/json, application/xml' } });
    expect(found.get('REQUEST::body::text/plain')).toMatchObject({ displayName: 'body (text/plain)' });
    expect(found.get('REQUEST::body::application/json::name')).toMatchObject({ dataType: 'string', length: 20, defaultValue: 'Rex', minCardinality: 1, elementPosition: 0, parent: `${at}::POST::/p::REQUEST::body::application/json` });
    expect(found.get('REQUEST::body::application/json::tags')).toMatchObject({ dataType: 'array of string', minCardinality: 0, maxCardinality: -1, allowsDuplicateValues: false });
    expect(found.get('RESPONSE::body::200::application/json')).toMatchObject({ displayName: '200', dataType: 'array of object', description: 'ok' });
    expect(found.has('RESPONSE::body::200::application/json::name')).toBe(true);
  });
  it('references are followed in this document, cycles are cut off and noted, remote ones are noted', () => {
    const schemas = {
      Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' }, list: { type: 'array', items: { $ref: '#/components/schemas/Node' } }, far: { $ref: 'https://elsewhere/x.json#/A' }, lost: { $ref: '#/components/schemas/Lost' } } },
      'a/b~c': { type: 'string', description: 'odd' },
      Loop: { $ref: '#/components/schemas/Loop' },
      Both: { allOf: [{ $ref: '#/components/schemas/Node' }, { required: ['own'], properties: { own: { $ref: '#/components/schemas/a~1b~0c' } } }] },
      Self: { allOf: [{ $ref: '#/components/schemas/Self' }], properties: { a: { type: 'string' } } },
      Either: { oneOf: [{ type: 'object', required: ['x'], properties: { x: { type: 'number' } } }, { type: 'string' }] },
      Named: { type: 'object', additionalProperties: { $ref: '#/components/schemas/Node' } },
    };
    const answers = Object.fromEntries(Object.keys(schemas).map((name, index) => [`${200 + index}`, { description: name, content: { j: { schema: { $ref: `#/components/schemas/${name.replace('~', '~0').replace('/', '~1')}` } } } }]));
    const found = parameters(operation({ responses: answers }, { components: { schemas } }));
    const at = (status: number, ...fields: string[]) => found.get(['RESPONSE', 'body', status, 'j', ...fields].join('::'));
    expect(at(200)).toMatchObject({ dataType: 'Node' });
    expect(at(200, 'next')).toMatchObject({ dataType: 'Node', additionalProperties: { cut: 'it is within itself: #/components/schemas/Node' } });
    expect(at(200, 'list')).toMatchObject({ dataType: 'array of Node', maxCardinality: -1, additionalProperties: { cut: 'it is within itself: #/components/schemas/Node' } });
    expect(at(200, 'next', 'next')).toBeUndefined();
    expect(at(200, 'far')).toMatchObject({ additionalProperties: { unresolved: 'https://elsewhere/x.json#/A' } });
    expect(at(200, 'lost')).toMatchObject({ dataType: 'Lost', additionalProperties: { unresolved: '#/components/schemas/Lost' } });
    expect(at(201)).toMatchObject({ dataType: 'a/b~c', description: 'a/b~c' });
    expect(at(202)).toMatchObject({ additionalProperties: { unresolved: '#/components/schemas/Loop' } });
    expect(at(203, 'own')).toMatchObject({ minCardinality: 1, description: 'odd' });
    expect(at(203, 'next')).toMatchObject({ additionalProperties: { cut: 'it is within itself: #/components/schemas/Node' } });
    expect(at(204, 'a')).toMatchObject({ dataType: 'string' });
    expect(at(205, 'x')).toMatchObject({ minCardinality: 0 });
    expect(at(206, '=2A')).toMatchObject({ displayName: '*', dataType: 'Node' });
  });
  it('a schema that unfolds to millions is cut off', () => {
    const schemas = Object.fromEntries(Array.from({ length: 15 }, (_, level) => [`L${level}`, { type: 'object', properties: Object.fromEntries(Array.from({ length: 10 }, (__, field) => [`f${field}`, { $ref: `#/components/schemas/L${level + 1}` }])) }]));
    const found = parameters(operation({ requestBody: { content: { j: { schema: { $ref: '#/components/schemas/L0' } } } } }, { components: { schemas } }), { maxDepth: 20 });
    expect(found.size).toBeGreaterThan(1_000);
    expect(found.size).toBeLessThanOrEqual(2_000);
    expect([...found.values()].filter(({ additionalProperties }) => additionalProperties?.['cut']?.startsWith('more than')).length).toBeGreaterThan(0);
  });
  it('3.1: null among the types, const, what stands beside a reference', () => {
    const found = parameters({ ...operation({ requestBody: { content: { j: { schema: { properties: { a: { type: ['string', 'null'] }, b: { const: 5 }, c: { $ref: '#/components/schemas/C', description: 'here' }, d: { anyOf: [{ type: 'integer' }, { type: 'null' }] } } } } } } }), openapi: '3.1.0', components: { schemas: { C: { type: 'integer', description: 'there' } } } });
    expect(found.get('REQUEST::body::j::a')).toMatchObject({ dataType: 'string', isNullable: true });
    expect(found.get('REQUEST::body::j::b')).toMatchObject({ dataType: 'number', fixedValue: '5' });
    expect(found.get('REQUEST::body::j::c')).toMatchObject({ dataType: 'C', description: 'here' });
    expect(found.get('REQUEST::body::j::d')).toMatchObject({ dataType: 'integer', isNullable: true });
  });
  it('Swagger 2.0: bodies, forms and answers', () => {
    const document = {
      swagger: '2.0', info: { title: 'Old', version: '1' }, host: 'old.example', basePath: '/api', schemes: ['https', 'http'], consumes: ['application/json'], produces: ['application/json'],
      definitions: { Pet: { type: 'object', properties: { id: { type: 'integer', 'x-nullable': true } } } },
      parameters: { page: { name: 'page', in: 'query', type: 'integer', default: 1 } }, responses: { Gone: { description: 'gone' } },
      paths: { '/p': { post: { parameters: [{ $ref: '#/parameters/page' }, { name: 'pet', in: 'body', required: true, schema: { $ref: '#/definitions/Pet' } }, { name: 'file', in: 'formData', type: 'file' }], responses: { 200: { description: 'ok', schema: { type: 'array', items: { $ref: '#/definitions/Pet' } } }, 410: { $ref: '#/responses/Gone' } } } } },
    };
    const found = parameters(document);
    expect([...found.keys()]).toEqual(['REQUEST::query::page', 'REQUEST::body::pet', 'REQUEST::formData::file', 'RESPONSE::body::200::application/json', 'RESPONSE::body::410', 'REQUEST::body::pet::id', 'RESPONSE::body::200::application/json::id']);
    expect(found.get('REQUEST::query::page')).toMatchObject({ dataType: 'integer', defaultValue: '1' });
    expect(found.get('REQUEST::body::pet')).toMatchObject({ dataType: 'Pet', minCardinality: 1, additionalProperties: { mediaTypes: 'application/json' } });
    expect(found.get('REQUEST::body::pet::id')).toMatchObject({ isNullable: true });
    expect([...endpoints(describedAs(document))][0]!.properties.address).toBe('https://old.example/api');
    expect([...apis(describedAs(document))][0]!.properties.additionalProperties).toMatchObject({ format: 'Swagger 2.0', otherServers: 'http://old.example/api' });
  });
  it('hostile content makes no other element than a strange one', () => {
    const found = parameters(operation({ parameters: [null, 7, { name: 'a' }, { name: '__proto__', in: 'query' }, { name: 'x::y', in: 'query', schema: true }], requestBody: [], responses: { 200: null, 201: { content: { j: { schema: { properties: { '': {}, constructor: { type: 7 } }, items: [] } } } } } }));
    expect([...found.keys()]).toEqual(['REQUEST::query::__proto__', 'REQUEST::query::x=3A=3Ay', 'RESPONSE::body::201::j']);
  });
});

describe('what a document must be', () => {
  it.each([
    [7, 'it is no OpenAPI document'], [{ a: 1 }, 'neither openapi nor swagger'], [{ openapi: '4.0.0' }, 'its version is 4.0.0'], [{ swagger: '1.2' }, 'its version is 1.2'], [{ openapi: '3.0.0', paths: {} }, 'no info'],
    [{ openapi: '3.0.0', info: {} }, 'no paths'], [{ openapi: '3.1.0', info: {} }, 'no paths'],
  ])('%j is none', (document, fault) => expect(faultOf(document)).toContain(fault));
  it.each([{ openapi: '3.1.0', info: {}, webhooks: {} }, { openapi: 3.1, info: {}, paths: {} }, { swagger: 2, info: {}, paths: {} }, { openapi: '3.0.1-rc', info: {}, paths: {} }])('%j is one', (document) => expect(faultOf(document)).toBeUndefined());
});

describe('identifiers', () => {
  it('are storable, and differ where their parts do', () => {
    const all = [['a', 'b::c'], ['a::b', 'c'], ['a', 'b', 'c'], ['a:', ':b'], ['a', '::b'], ['a::', 'b'], ['a b'], ['a=20b'], ['a%20b'], ['ü'], ['u\u0308'], ['x'.repeat(1_200)], [`${'x'.repeat(1_200)}y`]];
    const made = all.map(identifier);
    expect(new Set(made).size).toBe(all.length);
    expect(new Set(all.map(qualifiedName)).size).toBe(all.length);
    for (const one of made) expect(one).toMatch(/^[\p{L}0-9@_.+:\\/=-]{1,1000}$/u);
  });
});
