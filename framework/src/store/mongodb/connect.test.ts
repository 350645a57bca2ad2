import { redact } from './connect';

it.each([
  ['mongodb://user:s3cret@host/db', 'Invalid connection string "mongodb://user:s3cret@host/db"'],
  ['mongodb://user:s3cret%40x@host/db', 'bad password s3cret@x, or s3cret%40x'],
  ['mongodb+srv://user:s3cret@host', 'no SRV record for mongodb+srv://user:s3cret@host'],
  ['mongodb://user:s3%cret@host', 'URI malformed: s3%cret'],
])('%s does not show in its errors', (url, message) => {
  const shown = redact(message, url);
  expect(shown).not.toMatch(/s3(%c|c)ret/);
  expect(shown).toContain('***');
});

it('leaves a message without a password as it is', () => {
  expect(redact('connect ECONNREFUSED 127.0.0.1:1', 'mongodb://127.0.0.1:1')).toBe('connect ECONNREFUSED 127.0.0.1:1');
});
