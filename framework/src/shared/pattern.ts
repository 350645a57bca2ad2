/** Does the text match? `*` stands for anything, the rest for itself. */
export const matchesPattern = (text: string, pattern: string): boolean => new RegExp(`^${pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`, 's').test(text);

/** An include list wins over an exclude list; with an include list alone nothing else is taken. */
export function isSelected(name: string, { excluded = [], included = [] }: { readonly excluded?: readonly string[]; readonly included?: readonly string[] }): boolean {
  if (included.length > 0) return included.some((pattern) => matchesPattern(name, pattern));
  return !excluded.some((pattern) => matchesPattern(name, pattern));
}
