import { alike, nearest } from './nearest';

describe('nearest', () => {
  it.each([
    ['prot', ['port', 'mongodb'], 'port'],
    ['bootstrap_server', ['bootstrap_servers', 'cluster_name'], 'bootstrap_servers'],
    ['baseURL', ['baseUrl', 'base'], 'baseUrl'],
    ['organisation', ['organization', 'owner'], 'organization'],
    ['colour', ['port', 'type'], undefined],
    ['x', [], undefined],
    ['id', ['to', 'type'], undefined],
  ])('%s among %j: %s', (word, known, expected) => {
    expect(nearest(word, known)).toBe(expected);
  });

  it('alike: without regard to case, _ and -', () => {
    expect(alike('BASE_URL', 'baseUrl')).toBe(true);
    expect(alike('a-b', 'ab_c')).toBe(false);
  });
});
