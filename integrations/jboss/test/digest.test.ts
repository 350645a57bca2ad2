import { authorizationOf, challengeOf } from '../src/digest';

// The example of RFC 7616, 3.9.1.
const CHALLENGES = [
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
  'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
] as const;
const given = { method: 'GET', uri: '/dir/index.html', username: 'Mufasa', password: 'Circle of Life', count: 1, cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' };
const responseOf = (header: string): string | undefined => /response="([^"]+)"/.exec(header)?.[1];

test.each([
  ['MD5', CHALLENGES[0], '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', CHALLENGES[1], '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('%s', (algorithm, header, response) => {
  const answer = authorizationOf(challengeOf(header)!, given);
  expect(responseOf(answer)).toBe(response);
  expect(answer).toMatch(new RegExp(`^Digest username="Mufasa", .*algorithm=${algorithm}, .*qop=auth, nc=00000001, cnonce="`));
});

test('of several challenges the strongest counts, whatever stands around it', () => {
  expect(challengeOf(`Negotiate, Basic realm="a, Digest realm=b", ${CHALLENGES[0]}, ${CHALLENGES[1]}`)).toMatchObject({ algorithm: 'SHA-256' });
  expect(challengeOf(`${CHALLENGES[1]}, ${CHALLENGES[0]}`)).toMatchObject({ algorithm: 'SHA-256', isCounted: true, isStale: false });
});

test('the older form, without quality, holds no count', () => {
  const challenge = challengeOf('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')!;
  const answer = authorizationOf(challenge, { ...given, password: 'Circle Of Life' });
  expect(responseOf(answer)).toBe('670fd8c2df070c60b045671b8b24ff02');
  expect(answer).not.toMatch(/nc=|cnonce|qop|algorithm/);
});

test('quotes in names are kept apart, and a session key differs', () => {
  const challenge = challengeOf('Digest realm="a \\"b\\" c", nonce="n", algorithm=MD5-sess, qop=auth, stale=TRUE')!;
  expect(challenge).toMatchObject({ realm: 'a "b" c', isStale: true });
  const answer = authorizationOf(challenge, { ...given, username: 'a"\\b' });
  expect(answer).toContain('username="a\\"\\\\b", realm="a \\"b\\" c"');
  expect(responseOf(answer)).not.toBe(responseOf(authorizationOf({ ...challenge, algorithm: 'MD5' }, { ...given, username: 'a"\\b' })));
});

test.each(['', 'Basic realm="a"', 'Digest realm="a"', 'Digest realm="a", nonce="n", algorithm=TOKEN', 'Digest realm="a", nonce="n", qop="auth-int"'])('no answer to %j', (header) => {
  expect(challengeOf(header)).toBeUndefined();
});
