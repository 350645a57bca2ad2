import fc from 'fast-check';
import { childPath, parentPath } from './path';

describe('paths', () => {
  it('read as a user would write them', () => {
    expect(childPath(childPath(childPath('', 'integrations'), 0), 'type')).toBe('integrations[0].type');
    expect(childPath('a', 'b.c')).toBe('a["b.c"]');
    expect(parentPath('a["b.c"]')).toBe('a');
    expect(parentPath('a')).toBe('');
    expect(parentPath('')).toBeUndefined();
  });

  it('the parent of a child is where it came from, whatever the key', () => {
    const key = fc.oneof(fc.string(), fc.nat(), fc.constantFrom('a.b', '[0]', '"', 'x y', '__proto__', ']'));
    fc.assert(fc.property(fc.array(key, { maxLength: 4 }), key, (parents, last) => {
      const parent = parents.reduce<string>(childPath, '');
      expect(parentPath(childPath(parent, last))).toBe(parent);
    }));
  });
});
