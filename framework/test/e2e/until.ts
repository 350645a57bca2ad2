/** Waits for a condition, looking again every 50 ms; after `ms` it fails and says what it waited for and what was last seen. */
export async function until<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, ms = 45_000): Promise<T> {
  const end = Date.now() + ms;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (err) {
      if (err instanceof Error && err.message.startsWith('it ended')) throw err;
      last = err;
    }
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain: ${what}${last === undefined ? '' : `; last: ${String(last)}`}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
