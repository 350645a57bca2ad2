/** What sinks said last, for whoever read outputs before that. */
export interface Landings {
  /** A moment, to be given to `since`. */
  mark(): number;
  heard(output: string, sink: string, state: string): void;
  /** Did this sink say so of this state of the output since then? */
  since(moment: number, of: { readonly output: string; readonly sink: string; readonly state: string }): boolean;
}

/** Far more than are read at once. */
const RECENT = 5_000;

export function createLandings(): Landings {
  /** The last ones, and those before: no entry is ever looked for to be removed. */
  let recent = new Map<string, { readonly state: string; readonly at: number }>();
  let before: typeof recent = new Map();
  let landings = 0;
  const place = (output: string, sink: string): string => `${output}\u0000${sink}`;
  return {
    mark: () => landings,
    heard(output, sink, state) {
      if (recent.size >= RECENT) [before, recent] = [recent, new Map()];
      recent.set(place(output, sink), { state, at: ++landings });
    },
    since(moment, { output, sink, state }) {
      if (moment === landings) return false;
      const last = recent.get(place(output, sink)) ?? before.get(place(output, sink));
      return last !== undefined && last.at > moment && last.state === state;
    },
  };
}
