import fc from 'fast-check';
import { dropMembers, dropMembersAnywhere, replaceMember } from './drop-members';

describe('dropMembers', () => {
  const value = { a: { b: { c: 1, d: 2 }, list: [{ c: 1, d: 2 }, { d: 3 }, 'text'] }, c: 4, n: null };

  test.each<[string, readonly string[], unknown]>([
    ['one of the root', ['c'], { a: value.a, n: null }],
    ['one inside', ['a.b.c'], { ...value, a: { ...value.a, b: { d: 2 } } }],
    ['of each item of a list', ['a.list.c'], { ...value, a: { ...value.a, list: [{ d: 2 }, { d: 3 }, 'text'] } }],
    ['several, one inside another', ['a.b.c', 'a.b'], { ...value, a: { list: value.a.list } }],
    ['a null', ['n'], { a: value.a, c: 4 }],
  ])('%s', (_, paths, expected) => {
    const before = structuredClone(value);
    expect(dropMembers(value, paths)).toEqual(expected);
    expect(value).toEqual(before);
  });

  test.each([['nothing'], ['b.c'], ['a.b.c.d'], ['n.x'], ['c.x'], ['toString'], ['a.__proto__.x'], ['']])('%s is not there: the very same value', (path) => {
    expect(dropMembers(value, [path])).toBe(value);
  });

  test('what stays is shared, what is no object is itself, a list is its items', () => {
    expect(dropMembers(value, ['c']).a).toBe(value.a);
    expect(dropMembers('text', ['a'])).toBe('text');
    expect(dropMembers(undefined, ['a'])).toBeUndefined();
    expect(dropMembers([{ a: 1, b: 2 }, [{ a: 1 }]], ['a'])).toEqual([{ b: 2 }, [{}]]);
  });

  test('a member named __proto__ is a member like others', () => {
    const odd: unknown = JSON.parse('{"__proto__":{"a":1,"b":2},"c":3}');
    expect(JSON.stringify(dropMembers(odd, ['__proto__.a']))).toBe('{"__proto__":{"b":2},"c":3}');
    expect(JSON.stringify(dropMembers(odd, ['__proto__']))).toBe('{"c":3}');
    expect(JSON.stringify(dropMembersAnywhere(odd, ['a']))).toBe('{"__proto__":{"b":2},"c":3}');
  });
});

test('dropMembersAnywhere: from every place where the path begins', () => {
  const value = { mail: 1, a: [{ mail: 2, x: { mail: 3, by: { mail: 4, name: 5 } } }], by: 6 };
  expect(dropMembersAnywhere(value, ['mail'])).toEqual({ a: [{ x: { by: { name: 5 } } }], by: 6 });
  expect(dropMembersAnywhere(value, ['by.mail'])).toEqual({ mail: 1, a: [{ mail: 2, x: { mail: 3, by: { name: 5 } } }], by: 6 });
  expect(dropMembersAnywhere(value, ['nothing'])).toBe(value);
});

test('dropMembersAnywhere leaves no member of that name, whatever the value', () => {
  fc.assert(
    fc.property(fc.object({ key: fc.constantFrom('a', 'b', 'mail'), maxDepth: 5 }), (value) => {
      const text = JSON.stringify(dropMembersAnywhere(JSON.parse(JSON.stringify(value)) as unknown, ['mail']));
      expect(text).not.toContain('"mail":');
    }),
  );
});

test('replaceMember: by identity, in every place', () => {
  const member = { x: 1 };
  const value = { a: member, b: [member, { x: 1 }], c: { d: 1 } };
  expect(replaceMember(value, member, { y: 2 })).toEqual({ a: { y: 2 }, b: [{ y: 2 }, { x: 1 }], c: { d: 1 } });
  expect(replaceMember(value, member, { y: 2 }).c).toBe(value.c);
  expect(replaceMember(value, { x: 1 }, 3)).toBe(value);
  expect(replaceMember(value, value, 3)).toBe(3);
});
