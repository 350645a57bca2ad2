import { causeOf, query, segment } from './path';

describe('segment', () => {
  it('encodes what separates', () => {
    expect(segment('a/b?c#d%e f')).toBe('a%2Fb%3Fc%23d%25e%20f');
    expect(segment('größe')).toBe('gr%C3%B6%C3%9Fe');
    expect(segment('...')).toBe('...');
  });

  it.each(['', '.', '..', '\ud800'])('refuses %j, which no address can carry', (text) => {
    expect(() => segment(text)).toThrow(expect.objectContaining({ code: 'PORTAL_PATH' }));
  });
});

describe('query', () => {
  it('repeats the key of a list, writes booleans as words, leaves out undefined', () => {
    expect(query({ a: true, include: ['x', 'y z'], none: undefined, b: 'c&d' })).toBe('?a=true&include=x&include=y%20z&b=c%26d');
    expect(query({ none: undefined })).toBe('');
  });
});

describe('causeOf', () => {
  it('names the run only when there is one', () => {
    expect(causeOf('r')).toEqual({ ocean_info_event_type: 'resync', ocean_info_resync_id: 'r' });
    expect(causeOf(undefined)).toEqual({ ocean_info_event_type: 'http_request' });
  });
});
