/** What an entry says of its own name. */
export interface Named {
  readonly identifier: string | undefined;
  readonly type: string | undefined;
}

/** The identifier of every entry: the written one, else `type`, `<type>-2`, `<type>-3` in file order, the first that is free. */
export function effectiveIdentifiers(entries: readonly Named[]): string[] {
  const taken = new Set(entries.flatMap(({ identifier }) => (identifier === undefined ? [] : [identifier])));
  return entries.map(({ identifier, type }, index) => {
    if (identifier !== undefined) return identifier;
    // An entry without type cannot run; it still needs a name under which its problems are told.
    const name = type ?? `entry-${index}`;
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name}-${count}`;
    taken.add(free);
    return free;
  });
}
