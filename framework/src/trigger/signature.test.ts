import { sameText, sign, verifySignature } from './signature';

const TIMESTAMP = '1713277889';
const NOW = 1_713_277_889_000;
const secret = 'test';

/** port-contract 14. */
const VECTORS = [
  ['{"a":1}', 'v1,le9U9djM5I2v1a25wBjKeRlHwj/VRKKgzUn4wR2wjDw='],
  ['{"name":"é"}', 'v1,VphKn7cFgXNT/P6hFZy6LY0EVHzz9+giQDGGVjJEHaQ='],
  ['{"name":"\\u00e9"}', 'v1,ao0XjPjAMH2O7zg2nudndib8Q2DoY1UIYJuseXgVfjo='],
  ['{"action":"Create","context":{"runId":"r_1"},"headers":{}}', 'v1,u25nKKXhlSELO5XXJ5oiivGqw0nPKgUGv1KjzIPjFEo='],
] as const;
const [, PLAIN, ESCAPED] = VECTORS;

const verify = (body: string, signature: string | undefined, options: { timestamp?: string | undefined; now?: number } = {}): boolean =>
  verifySignature({ body: Buffer.from(body), signature, timestamp: 'timestamp' in options ? options.timestamp : TIMESTAMP }, { secret, now: options.now ?? NOW });

describe('the signature of a call', () => {
  it.each(VECTORS)('of %s is the vector, and is accepted', (body, signature) => {
    expect(sign(body, TIMESTAMP, secret)).toBe(signature);
    expect(verify(body, signature)).toBe(true);
  });

  it('covers every byte of body, timestamp and secret', () => {
    const [body, signature] = VECTORS[0];
    expect(verify('{"a":2}', signature)).toBe(false);
    expect(verify(`${body}x`, signature)).toBe(false);
    expect(verify(body, signature, { timestamp: '1713277890' })).toBe(false);
    expect(verifySignature({ body: Buffer.from(body), signature, timestamp: TIMESTAMP }, { secret: 'tesT', now: NOW })).toBe(false);
  });

  it('is accepted of the compact text when a forwarder sent blanks', () => {
    expect(verify('{ "a" :\n\t1 }', VECTORS[0][1])).toBe(true);
    expect(verify('{ "a" : 2 }', VECTORS[0][1])).toBe(false);
  });

  it('is accepted of the text without and with escapes, however it was sent', () => {
    expect(verify('{"name":"\\u00e9"}', PLAIN[1])).toBe(true);
    expect(verify('{"name": "\\u00E9"}', PLAIN[1])).toBe(true);
    expect(verify('{"name":"é"}', ESCAPED[1])).toBe(true);
    expect(verify('{"name": "é"}', ESCAPED[1])).toBe(true);
  });

  it('keeps numbers, order, doubled members and blanks inside texts as they were written', () => {
    const text = '{"b":1.0,"a":12345678901234567890,"a":" x \\" { \\\\\\\\u00e9 ","c":[1e3,-0]}';
    const sent = text.replaceAll('":', '" : ').replaceAll(',"', ' ,\n "');
    expect(verify(sent, sign(text, TIMESTAMP, secret))).toBe(true);
  });

  it('keeps escapes that the compact text needs', () => {
    const text = '{"a":"\\n\\t\\"\\u0001"}';
    expect(verify(`${text} `, sign(text, TIMESTAMP, secret))).toBe(true);
  });

  it('does not look for a compact text in what is no JSON', () => {
    expect(verify('{"a": 1', sign('{"a":1', TIMESTAMP, secret))).toBe(false);
    expect(verify('', sign('', TIMESTAMP, secret))).toBe(true);
  });

  it('refuses a timestamp more than five minutes off', () => {
    const [body, signature] = VECTORS[0];
    for (const off of [-300_000, 300_000]) expect(verify(body, signature, { now: NOW + off })).toBe(true);
    for (const off of [-300_001, 300_001]) expect(verify(body, signature, { now: NOW + off })).toBe(false);
  });

  it.each([undefined, '', 'x', '-1713277889', '1713277889.5', '1713277889, 1713277889', 'Infinity', '0x661e8b41'])('refuses the timestamp %j', (timestamp) => {
    const signature = sign('{"a":1}', timestamp ?? '', secret);
    expect(verify('{"a":1}', signature, { timestamp })).toBe(false);
  });

  it.each([undefined, '', 'v1,', 'v2,le9U9djM5I2v1a25wBjKeRlHwj/VRKKgzUn4wR2wjDw=', 'le9U9djM5I2v1a25wBjKeRlHwj/VRKKgzUn4wR2wjDw=', `${VECTORS[0][1]}, ${VECTORS[0][1]}`])('refuses the signature %j', (signature) => {
    expect(verify('{"a":1}', signature)).toBe(false);
  });
});

describe('sameText', () => {
  it('compares texts of any length', () => {
    expect(sameText('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abd', 'abcd']) expect(sameText(other, 'abc')).toBe(false);
  });
});
