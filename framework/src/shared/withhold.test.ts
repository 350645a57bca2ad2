import { withhold } from './withhold';

const secret = 'secret "quoted"\\secret/with+signs?%é';

describe('withhold', () => {
  it.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ secret })],
    ['in JSON in JSON', JSON.stringify({ body: JSON.stringify({ secret }) })],
    ['in a log line that quotes such a message', JSON.stringify({ msg: JSON.stringify({ details: JSON.stringify({ body: JSON.stringify(secret) }) }) })],
    ['in a query', `?token=${encodeURIComponent(secret)}`],
    ['in a path that was encoded loosely', encodeURI(`/x/${secret}/y`)],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
  ])('takes a value out %s', (_where, text) => {
    const left = withhold(`before ${text} after ${text}`, [secret]);
    expect(left).toMatch(/^before .*\[redacted\].* after .*\[redacted\]/);
    expect(left).not.toMatch(/quoted|c2VjcmV0|signs/);
  });

  it('takes the longer of two out whole, and leaves the rest of the text alone', () => {
    expect(withhold('abc abcdef xyz', ['abc', 'abcdef', ''])).toBe('[redacted] [redacted] xyz');
    expect(withhold('nothing of it $& here', ['$&$&'])).toBe('nothing of it $& here');
  });
});
