import { serveRecorded, type RecordedServer } from './serve-recorded';

let server: RecordedServer;
beforeAll(async () => {
  server = await serveRecorded([
    { request: { path: '/things' }, response: { body: ['all'] } },
    { request: { path: '/things', query: { page: '2' } }, response: { body: ['second'] } },
    { request: { method: 'POST', path: '/search', body: { q: ['x'] } }, response: { body: { big: 12345678901234567890n } } },
    { request: { path: '/gone' }, response: { status: 410 } },
  ]);
});
afterEach(() => server.reset());
afterAll(() => server.close());

const get = async (path: string): Promise<[number, string]> => {
  const answer = await fetch(server.url + path);
  return [answer.status, await answer.text()];
};

test('the call that names most answers', async () => {
  expect(await get('/things')).toEqual([200, '["all"]']);
  expect(await get('/things?page=1')).toEqual([200, '["all"]']);
  expect(await get('/things?page=2&size=5')).toEqual([200, '["second"]']);
  expect(await get('/gone')).toEqual([410, '']);
});

test('bodies are compared by their named members, and keep their digits', async () => {
  const answer = await fetch(`${server.url}/search`, { method: 'POST', body: '{"q":["x"],"size":1}' });
  expect(await answer.text()).toBe('{"big":12345678901234567890}');
  expect(server.requests).toMatchObject([{ method: 'POST', path: '/search', body: { q: ['x'], size: 1 } }]);
});

test('what was not recorded is said by name', async () => {
  const [status, body] = await get('/other?x=1');
  expect(status).toBe(501);
  expect(body).toContain('not recorded: GET /other');
});

test('a fault hits one call, or those that the function chooses', async () => {
  server.fail({ status: 503, headers: { 'retry-after': '1' } });
  expect((await get('/things'))[0]).toBe(503);
  expect((await get('/things'))[0]).toBe(200);
  server.fail(({ query }) => (query['page'] === '2' ? { status: 500 } : undefined));
  expect((await get('/things'))[0]).toBe(200);
  expect((await get('/things?page=2'))[0]).toBe(500);
  expect((await get('/things?page=2'))[0]).toBe(500);
});
