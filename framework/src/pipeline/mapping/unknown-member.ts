/** The lint of a member that nothing reads. */
export const unknownMember = (name: string, known: readonly string[]): string =>
  `"${name}" is not known here and has no effect; known are ${known.join(', ')}`;
