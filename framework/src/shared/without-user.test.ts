import { withoutUser } from './without-user';

test.each([
  ['postgres://me:s3cret@db:5432/sales', 'postgres://db:5432/sales'],
  ['https://me@host/@scope/name?to=a@b', 'https://host/@scope/name?to=a@b'],
  ['https://host/@scope/name', 'https://host/@scope/name'],
  ['https://me:s@3cret@host', 'https://host'],
  ['//me:s3/cr#et@nowhere', '//nowhere'],
  ['https://me:s3/cret@host:port', 'https://host:port'],
  ['kafka://a:1,b:2', 'kafka://a:1,b:2'],
  ['db:5432', 'db:5432'],
])('%s is shown as %s', (address, shown) => {
  expect(withoutUser(address)).toBe(shown);
});

test('what stands in their place may be told', () => {
  expect(withoutUser('postgres://me:s3cret@db/sales', '[redacted]@')).toBe('postgres://[redacted]@db/sales');
});
