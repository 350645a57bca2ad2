const PLAIN = /^[^.[\]"\s]+$/;

/** Names a member below `parent`, as problems of a configuration do: `outputEvent.key`, `outputEvent["a.b"]`, `outputEvent.list[0]`. */
export const childPath = (parent: string, key: string | number): string =>
  typeof key === 'number' ? `${parent}[${key}]` : PLAIN.test(key) ? `${parent}.${key}` : `${parent}[${JSON.stringify(key)}]`;
