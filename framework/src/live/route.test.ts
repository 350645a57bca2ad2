import { ABSENT, defineIntegration, deliveryIdOf, eventCatalogue, parseJson, toJson, type AnyKind, type CatalogueRule, type Integration, type Json, type JsonObject, type Live } from '../contract';
import { hashText } from '../shared';
import { type Truth } from '../store';
import { createRoute, type Routed, type RouteScope } from './route';

const verify = { scheme: 'hmac', header: 'X-Sign' } as const;
const rule: CatalogueRule = { kind: 'thing', write: ['thing_changed', 'thing_found'], delete: ['thing_removed'], keys: ['thing.id*', 'owner.id'] };
const live = eventCatalogue({ verify, eventType: [{ member: 'event' }], tests: ['ping'], at: 'time', rules: [rule] });
const headerLive = eventCatalogue({ verify, eventType: [{ header: 'x-event' }, { member: 'event' }], rules: [rule] });

const kind = (members: Partial<AnyKind<unknown>> = {}): AnyKind<unknown> => ({
  name: 'thing',
  key: (row: JsonObject) => [row['id'] as string],
  version: (row: JsonObject) => (typeof row['v'] === 'number' ? row['v'] : undefined),
  ...members,
});
const get = async (): Promise<typeof ABSENT> => ABSENT;

interface Case {
  readonly truth?: Truth;
  readonly members?: Partial<AnyKind<unknown>>;
  readonly live?: Live<unknown>;
  readonly scope?: Partial<RouteScope>;
}
function routeOf(given: Case = {}): (body: Json, headers?: Readonly<Record<string, string>>) => Routed {
  const integration: Integration = defineIntegration({ type: 'x', version: '1', title: 'X', description: 'x', settings: {}, kinds: [kind(given.members)], live: given.live ?? live });
  const route = createRoute({ integration, identifier: 'x', settings: { open: true }, truthOf: () => given.truth ?? 'listed', envelopes: false, ...given.scope });
  return (body, headers = {}) => route({ body, headers, at: 5, origin: 'webhook' });
}
function claimOf(routed: Routed): unknown {
  if (routed.is !== 'records') throw new Error(toJson(routed));
  const { event: _, ...claim } = routed.records[0]!.claim;
  return claim;
}
const changed = (thing: Json, more: JsonObject = {}): Json => ({ event: 'thing_changed', thing, ...more });
const removed = (thing: Json, more: JsonObject = {}): Json => ({ event: 'thing_removed', thing, ...more });
const keyless = (thing: Json): Routed => ({ is: 'dead', code: 'KEY_MISSING', message: 'an event thing_changed without id', type: 'thing_changed', payload: toJson(changed(thing)) });
const present = (row: Json, version?: number) => ({ key: '1', is: 'present', ...(version !== undefined && { version }), text: toJson(row), hash: hashText(toJson(row)) });

describe('what is no claim', () => {
  test.each<[string, Json, Routed]>([
    ['no name', { thing: { id: '1' } }, { is: 'ignored', reason: 'unknown-event' }],
    ['an empty name', { event: '' }, { is: 'ignored', reason: 'unknown-event' }],
    ['an unknown name', { event: 'other' }, { is: 'ignored', reason: 'unknown-event', type: 'other' }],
    ['a test call', { event: 'ping' }, { is: 'ignored', reason: 'ping', type: 'ping' }],
    ['not selected', { event: 'thing_found', thing: { id: '1' } }, { is: 'ignored', reason: 'not-selected', type: 'thing_found' }],
    ['no key', changed({ v: 1 }), keyless({ v: 1 })],
    ['an empty key', changed({ id: '' }), keyless({ id: '' })],
    ['a key that is no text', changed({ id: null }), keyless({ id: null })],
    ['a list', [], { is: 'ignored', reason: 'unknown-event' }],
  ])('%s', (_, body, routed) => {
    expect(routeOf({ scope: { events: ['thing_changed', 'ping'] } })(body)).toEqual(routed);
  });

  test.each<[string, () => readonly never[] | never, string]>([
    ['code that throws', () => { throw new Error('no such member'); }, 'no such member'],
    ['code that throws no error', () => { throw 'odd'; }, 'odd'], // eslint-disable-line @typescript-eslint/only-throw-error
  ])('%s is a dead letter', (_, changes, message) => {
    expect(routeOf({ live: { ...live, changes } })(changed({ id: '1' }))).toEqual({ is: 'dead', code: 'ROUTING_FAILED', message, type: 'thing_changed', payload: toJson(changed({ id: '1' })) });
  });

  test('a kind that is not there, a version that throws, a body that is no object: dead letters', () => {
    const other = eventCatalogue({ verify, eventType: [{ member: 'event' }], rules: [{ ...rule, kind: 'other' }] });
    expect(routeOf({ live: other })(changed({ id: '1' }))).toMatchObject({ is: 'dead', code: 'ROUTING_FAILED' });
    expect(routeOf({ members: { version: () => { throw new Error('bad date'); } } })(changed({ id: '1' }))).toMatchObject({ code: 'ROUTING_FAILED', message: 'bad date' });
    expect(routeOf({ live: { ...headerLive } })([1], { 'x-event': 'thing_changed' })).toMatchObject({ code: 'ROUTING_FAILED', message: 'the body is no JSON object' });
  });

  test('a known event without consequence says why', () => {
    expect(routeOf({ live: { ...live, changes: () => [{ is: 'ignored', reason: 'not-completed' }] } })(changed({}))).toEqual({ is: 'ignored', reason: 'not-completed', type: 'thing_changed' });
    expect(routeOf({ live: { ...live, changes: () => [] } })(changed({}))).toEqual({ is: 'ignored', reason: 'empty', type: 'thing_changed' });
  });

  test('an integration without live part takes nothing', () => {
    const { live: _, ...integration } = defineIntegration({ type: 'x', version: '1', title: 'X', description: 'x', settings: {} }) as Integration;
    expect(createRoute({ integration, identifier: 'x', settings: {}, truthOf: () => 'told', envelopes: true })({ body: {}, headers: {}, at: 1, origin: 'queue' })).toEqual({ is: 'ignored', reason: 'unknown-event' });
  });
});

describe('claims of a listed kind', () => {
  const row = { id: '1', v: 7 };
  test.each<[string, Case, Json, unknown]>([
    ['row with version', { members: { get } }, changed(row), present(row, 7)],
    ['row without version: a question', { members: { get } }, changed({ id: '1' }), { key: '1', is: 'changed' }],
    ['no row: a question', { members: { get }, live: eventCatalogue({ verify, eventType: [{ member: 'event' }], rules: [{ ...rule, keys: ['thing.id*'], object: 'other' }] }) }, changed(row), { key: '1', is: 'changed' }],
    ['the time of the delivery is no version', { members: { get } }, changed({ id: '1' }, { time: 99 }), { key: '1', is: 'changed' }],
    ['a version that is no number is none', { members: { get, version: () => Number.NaN } }, changed(row), { key: '1', is: 'changed' }],
    ['gone with version', { members: { get } }, removed(row), { key: '1', is: 'gone', version: 7 }],
    ['gone without version: a question', { members: { get } }, removed({ id: '1' }), { key: '1', is: 'changed' }],
    ['gone without version, nobody to ask', {}, removed({ id: '1' }), { key: '1', is: 'gone' }],
    ['not selected any more', { members: { get, member: () => false } }, changed(row), { key: '1', is: 'gone', version: 7 }],
    ['selected', { members: { get, member: () => true } }, changed(row), present(row, 7)],
    ['its member asks', { members: { get, member: async () => false } }, changed(row), { key: '1', is: 'changed' }],
    ['its member makes a call', { members: { get, member: async (context) => (await context.http.get('/x')) === 1 } }, changed(row), { key: '1', is: 'changed' }],
    ['its events only ask: write', { members: { get, claims: 'ask', member: () => { throw new Error('called'); } } }, changed(row), { key: '1', is: 'changed' }],
    ['its events only ask: delete', { members: { get, claims: 'ask' } }, removed(row), { key: '1', is: 'changed' }],
    ['its events only ask, and nobody answers', { members: { claims: 'ask' } }, removed(row), { key: '1', is: 'gone', version: 7 }],
  ])('%s', (_, given, body, claim) => {
    expect(claimOf(routeOf(given)(body))).toEqual(claim);
  });

  test('member gets settings, identifier and selectors', () => {
    const seen: unknown[] = [];
    const members: Partial<AnyKind<unknown>> = { member: ({ settings, identifier, selectors }) => (seen.push(settings, identifier, selectors), true) };
    routeOf({ members, scope: { selectorsOf: (name) => [{ of: name }] } })(changed(row));
    expect(seen).toEqual([{ open: true }, 'x', [{ of: 'thing' }]]);
  });
});

describe('claims of kinds whose events decide', () => {
  const row = { id: '1', v: 7 };
  test.each<[string, Case, Json, unknown]>([
    ['told: row with version', { truth: 'told' }, changed(row), present(row, 7)],
    ['told: row without version', { truth: 'told' }, changed({ id: '1' }), present({ id: '1' })],
    ['told: the time of the delivery orders', { truth: 'told' }, changed({ id: '1' }, { time: 99 }), present({ id: '1' }, 99)],
    ['told: but the version goes first', { truth: 'told' }, changed(row, { time: 99 }), present(row, 7)],
    ['told: gone', { truth: 'told' }, removed({ id: '1' }), { key: '1', is: 'gone' }],
    ['told: gone with time', { truth: 'told' }, removed({ id: '1' }, { time: 99 }), { key: '1', is: 'gone', version: 99 }],
    ['told: not selected any more', { truth: 'told', members: { member: () => false } }, changed(row), { key: '1', is: 'gone', version: 7 }],
    ['told: a kind that would ask is taken at its word', { truth: 'told', members: { claims: 'ask', get } }, changed(row), present(row, 7)],
    ['mixed: row without version', { truth: 'mixed', members: { claims: 'decide' } }, changed({ id: '1' }, { time: 99 }), present({ id: '1' })],
    ['mixed: gone', { truth: 'mixed', members: { claims: 'decide', get } }, removed({ id: '1' }), { key: '1', is: 'gone' }],
  ])('%s', (_, given, body, claim) => {
    expect(claimOf(routeOf(given)(body))).toEqual(claim);
  });

  test('told: without an object the body is the row', () => {
    const bare = eventCatalogue({ verify, eventType: [{ member: 'event' }], rules: [{ ...rule, keys: ['id*'], object: 'nothing' }] });
    const body = { event: 'thing_changed', id: '1' };
    expect(claimOf(routeOf({ truth: 'told', live: bare })(body))).toEqual(present(body));
  });
});

describe('records', () => {
  test('keys, operation and event', () => {
    expect(routeOf({ members: { get } })({ ...(removed({ id: 'a/b', v: 3 }) as JsonObject), owner: { id: 9 } })).toEqual({
      is: 'records',
      type: 'thing_removed',
      envelope: '{"event":"thing_removed","thing":{"id":"a/b","v":3},"owner":{"id":9}}',
      data: { event: 'thing_removed', thing: { id: 'a/b', v: 3 }, owner: { id: 9 } },
      records: [
        {
          kind: 'thing',
          truth: 'listed',
          operation: 'delete',
          event: { type: 'thing_removed', operation: 'delete', at: 5 },
          origin: 'webhook',
          version: 3,
          keys: [
            { name: 'id', identity: true, value: 'a/b' },
            { name: 'ownerId', identity: false, value: 9 },
          ],
          claim: { key: 'a%2Fb', event: { type: 'thing_removed', operation: 'delete', at: 5 }, is: 'gone', version: 3 },
        },
      ],
    });
  });

  test('a claim that asks says in its record what the event said', () => {
    const routed = routeOf({ members: { get, claims: 'ask' } })(changed({ id: '1', v: 3 }));
    expect(routed).toMatchObject({ records: [{ operation: 'write', version: 3, claim: { is: 'changed' } }] });
  });

  test('the envelope is kept for declared pipelines, as it came', () => {
    const text = '{ "event": "thing_changed", "thing": {"id":12345678901234567890} }';
    const integration: Integration = defineIntegration({ type: 'x', version: '1', title: 'X', description: 'x', settings: {}, kinds: [kind()], live });
    const routed = createRoute({ integration, identifier: 'x', settings: {}, truthOf: () => 'told', envelopes: true })({ body: parseJson(text), text, headers: {}, at: 1, origin: 'webhook' });
    expect(claimOf(routed)).toMatchObject({ key: '12345678901234567890', data: text, text: '{"id":12345678901234567890}' });
  });

  test('a name from a header is added, unless the body has one', () => {
    const route = routeOf({ truth: 'told', live: headerLive, scope: { envelopes: true } });
    expect(claimOf(route({ thing: { id: '1' } }, { 'x-event': 'thing_changed' }))).toMatchObject({ data: '{"thing":{"id":"1"},"eventType":"thing_changed"}' });
    expect(claimOf(route({ eventType: 'own', thing: { id: '1' } }, { 'x-event': 'thing_changed' }))).toMatchObject({ data: '{"eventType":"own","thing":{"id":"1"}}' });
    expect(claimOf(route(changed({ id: '1' })))).toMatchObject({ data: '{"event":"thing_changed","thing":{"id":"1"}}' });
  });

  test('a name from a header is written into the text as it came', () => {
    const integration: Integration = defineIntegration({ type: 'x', version: '1', title: 'X', description: 'x', settings: {}, kinds: [kind()], live: headerLive });
    const route = createRoute({ integration, identifier: 'x', settings: {}, truthOf: () => 'told', envelopes: true });
    const routed = (text: string) => route({ body: parseJson(text), text, headers: { 'x-event': 'thing_changed' }, at: 1, origin: 'poll' });
    expect(routed('{ "thing": {"id":12345678901234567890} }\n')).toMatchObject({
      envelope: '{ "thing": {"id":12345678901234567890} ,"eventType":"thing_changed"}',
      data: { thing: { id: 12345678901234567890n }, eventType: 'thing_changed' },
      records: [{ origin: 'poll', event: { type: 'thing_changed', operation: 'write', at: 1 } }],
    });
    expect(routed('{}')).toMatchObject({ is: 'dead', code: 'KEY_MISSING', payload: '{}' });
  });

  test('several records; those of no consequence drop out', () => {
    const two: Live<unknown> = { ...live, changes: (delivery) => [...live.changes(delivery, {}), { is: 'ignored', reason: 'x' }, ...live.changes(delivery, {})] };
    expect(routeOf({ live: two })(changed({ id: '1', v: 1 }))).toMatchObject({ records: [{ claim: { key: '1' } }, { claim: { key: '1' } }] });
  });

  test('where `get` finds it', () => {
    const located = eventCatalogue({ verify, eventType: [{ member: 'event' }], rules: [{ ...rule, locate: ({ id }) => ({ path: `things/${String(id)}` }) }] });
    expect(claimOf(routeOf({ live: located, members: { get } })(changed({ id: '1' })))).toEqual({ key: '1', is: 'changed', locate: '{"path":"things/1"}' });
  });
});

describe('members that are never kept', () => {
  const person = { id: '1', v: 7, mail: 'a@b', home: { street: 's', town: 't' } };
  const dropping = (given: Case = {}): ((body: Json, headers?: Readonly<Record<string, string>>) => Routed) =>
    routeOf({ truth: 'told', ...given, scope: { drop: { thing: ['mail', 'home.street', 'by.mail'] }, envelopes: true, ...given.scope } });
  const kept = { id: '1', v: 7, home: { town: 't' } };

  test('they are in neither row nor envelope, also where another object has that member', () => {
    const routed = dropping()(changed(person, { by: { name: 'n', mail: 'c@d' }, other: { mail: 'kept' } }));
    const envelope = changed(kept, { by: { name: 'n' }, other: { mail: 'kept' } });
    expect(routed).toMatchObject({ is: 'records', envelope: toJson(envelope), data: envelope });
    expect(claimOf(routed)).toEqual({ ...present(kept, 7), data: toJson(envelope) });
  });

  test('the text as it came is not used: it could hold a member twice', () => {
    const integration: Integration = defineIntegration({ type: 'x', version: '1', title: 'X', description: 'x', settings: {}, kinds: [kind()], live });
    const route = createRoute({ integration, identifier: 'x', settings: {}, truthOf: () => 'told', envelopes: true, drop: { thing: ['mail'] } });
    const text = '{"event":"thing_changed","thing":{"mail":"a@b"},"thing":{"id":"1"}}';
    expect(route({ body: parseJson(text), text, headers: {}, at: 1, origin: 'webhook' })).toMatchObject({ envelope: '{"event":"thing_changed","thing":{"id":"1"}}' });
  });

  test('a row that was made from the delivery: they go from every place of it', () => {
    const made = eventCatalogue({ verify, eventType: [{ member: 'event' }], rules: [{ ...rule, row: (object) => ({ ...object, made: true }) }] });
    const routed = dropping({ live: made })(changed(person, { list: [{ about: { mail: 'gone', home: { street: 's' } } }] }));
    expect(claimOf(routed)).toMatchObject({ text: toJson({ ...kept, made: true }), data: toJson(changed(kept, { list: [{ about: { home: {} } }] })) });
  });

  test('where the event only asks, or has no row, the envelope is without them too', () => {
    const asks: Case = { truth: 'listed', members: { claims: 'ask', get } };
    expect(claimOf(dropping(asks)(changed(person)))).toEqual({ key: '1', is: 'changed', data: toJson(changed(kept)) });
    const rowless = eventCatalogue({ verify, eventType: [{ member: 'event' }], rules: [{ ...rule, object: 'nothing' }] });
    expect(claimOf(dropping({ ...asks, live: rowless })(changed(person)))).toEqual({ key: '1', is: 'changed', data: toJson(changed(kept)) });
    expect(claimOf(dropping({ live: rowless })({ ...(changed(person) as JsonObject), mail: 'x' }))).toMatchObject({ text: toJson(changed(person)), data: toJson(changed(person)) });
  });

  test('order, selection and name are read from what came', () => {
    const member = (_: unknown, row: unknown): boolean => (row as JsonObject)['mail'] === 'a@b';
    const given = { members: { member }, scope: { drop: { thing: ['mail', 'v', 'id'] }, envelopes: false } };
    expect(claimOf(dropping(given)(changed({ id: '1', v: 7, mail: 'a@b' })))).toEqual(present({}, 7));
    expect(claimOf(dropping(given)(changed({ id: '1', v: 7, mail: 'other' })))).toEqual({ key: '1', is: 'gone', version: 7 });
  });

  test('other kinds keep everything, as text that came', () => {
    expect(claimOf(dropping({ scope: { drop: { other: ['mail'] } } })(changed(person)))).toEqual({ ...present(person, 7), data: toJson(changed(person)) });
  });

  test('a dead letter is without those of every kind, wherever they stand', () => {
    const drop = { thing: ['mail'], other: ['secret'] };
    const body = changed({ mail: 'a@b', list: [{ secret: 1, mail: 2, name: 'n' }] }, { mail: 'c@d' });
    expect(dropping({ scope: { drop } })(body)).toMatchObject({ is: 'dead', code: 'KEY_MISSING', payload: toJson(changed({ list: [{ name: 'n' }] })) });
  });

  test('what nests too deeply to be written is kept nowhere', () => {
    const deep = parseJson(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    const routed = dropping()(changed({ id: '1', deep }));
    expect(routed).toEqual({ is: 'dead', code: 'ROUTING_FAILED', message: expect.stringContaining('call stack'), type: 'thing_changed' });
  });
});

describe('delivery id', () => {
  const withId = (...deliveryId: NonNullable<Live<unknown>['deliveryId']>) => ({ ...live, deliveryId });
  test.each<[string, Live<unknown>, Readonly<Record<string, string | readonly string[]>>, string | undefined]>([
    ['of a header', withId({ header: 'x-id' }), { 'x-id': 'a' }, 'a'],
    ['of the body', withId({ member: 'id' }, { member: 'about.number' }), {}, 'b/7'],
    ['one is missing', withId({ member: 'id' }, { member: 'none' }), {}, undefined],
    ['empty', withId({ header: 'x-id' }), { 'x-id': '' }, undefined],
    ['twice', withId({ header: 'x-id' }), { 'x-id': ['a', 'b'] }, undefined],
    ['none', live, {}, undefined],
  ])('%s', (_, given, headers, id) => {
    expect(deliveryIdOf(given, { headers, body: { id: 'b', about: { number: 7 } } })).toBe(id);
  });
});
