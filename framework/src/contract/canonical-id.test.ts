import { parseJson } from '../shared';
import { canonicalId, eventId, keyMembers, keyNames } from './canonical-id';

describe('canonical id', () => {
  const issue = { vendor: 'jira', kind: 'issue' };
  test.each([
    ['text', issue, ['10001'], 'jira.issue:10001'],
    ['a number is its decimal text', { vendor: 'github', kind: 'repository' }, [1296269], 'github.repository:1296269'],
    ['beyond 53 bits', issue, [9007199254740995n], 'jira.issue:9007199254740995'],
    ['several members', { vendor: 'aws', kind: 'lambda' }, ['123', 'eu-west-1', 'fn'], 'aws.lambda:123/eu-west-1/fn'],
    ['a scope', { vendor: 'gitlab', kind: 'project', scope: 'gitlab.example.com' }, [7], 'gitlab.project@gitlab.example.com:7'],
    ['an empty scope', { ...issue, scope: '' }, ['1'], 'jira.issue:1'],
    ['the scope of a host with port', { vendor: 'jboss', kind: 'deployment', scope: 'localhost:9990' }, ['a.war'], 'jboss.deployment@localhost%3A9990:a.war'],
    ['what is reserved in values', issue, ['50% a/b@c:d'], 'jira.issue:50%25%20a%2Fb%40c:d'],
    ['white space and controls', issue, ['a\tb\u00a0c\u0000d\u2003e'], 'jira.issue:a%09b%C2%A0c%00d%E2%80%83e'],
    ['other text stays', issue, ['Größe-✓?&=#'], 'jira.issue:Größe-✓?&=#'],
  ])('%s', (_, scope, members, id) => {
    expect(canonicalId(scope, members)).toBe(id);
  });

  test('a number of a delivery keeps its digits', () => {
    const { id } = parseJson('{"id":12345678901234567890}') as { id: bigint };
    expect(canonicalId(issue, [id])).toBe('jira.issue:12345678901234567890');
  });

  test('different members never meet', () => {
    const ids = [['a/b'], ['a', 'b'], ['a%2Fb'], ['a', 'b', '']].map((members) => canonicalId(issue, members));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

test('the key of a row gives its members back', () => {
  for (const members of [['10001'], ['a/b', 'c%2F d', 'ä@:'], ['9007199254740995']]) expect(keyMembers(members.map(encodeURIComponent).join('/'))).toEqual(members);
});

describe('event id', () => {
  test('one member is a text', () => expect(eventId(['id'], [9007199254740995n])).toBe('9007199254740995'));
  test('several are an object of texts', () => expect(eventId(['tenantId', 'projectId'], ['t', 5])).toEqual({ tenantId: 't', projectId: '5' }));
  test('names of a kind', () => {
    expect(keyNames({})).toEqual(['id']);
    expect(keyNames({ keys: ['ghsa_id', 'id'] })).toEqual(['ghsa_id', 'id']);
  });
});
