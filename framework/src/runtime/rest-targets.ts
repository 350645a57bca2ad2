import { secretsIn, type Secret, type Target } from '../contract';
import type { Marks } from '../connector';
import type { ConnectorEntry, Entry } from '../load';
import { readGivenTarget } from '../load';
import type { Settings } from '../config';
import type { Log } from '../contract';
import { readState, writeState, type Documents } from '../store';

/** `state` documents of the targets that REST gave to an entry, as they were given: `rest-targets/<entry>`. References in them are followed anew at every start. */
export const REST_TARGETS = 'rest-targets/';

/** One that cannot be set up as things are: a variable that it refers to is gone, or the integration has other settings now. */
export interface BrokenTarget {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** The targets of one connector that REST gave, which outlive the process. */
export interface RestTargets {
  /** As it was given. */
  given(name: string): Promise<unknown>;
  put(name: string, given: unknown, target: Target): Promise<void>;
  /** False: there is none. */
  remove(name: string): Promise<boolean>;
  broken(): readonly BrokenTarget[];
  secrets(): readonly Secret[];
  /** Marks of the connector, with these targets beside those that it added itself. */
  inMarks(marks: Marks | undefined): Promise<Marks>;
  /** Marks to keep: without these targets, which are kept here, and without secrets, which a connector has at hand when it adds a target again. */
  outOfMarks(marks: Marks): Marks;
}

type Given = Readonly<Record<string, unknown>>;

export function createRestTargets(of: { readonly entry: Entry & { readonly connector: ConnectorEntry }; readonly settings: Settings; readonly documents: Documents; readonly log: Log }): RestTargets {
  const { entry, documents } = of;
  const name = `${REST_TARGETS}${entry.identifier}`;
  let targets = new Map<string, Target>();
  let broken: readonly BrokenTarget[] = [];
  const read = async (): Promise<Given> => (await readState<Given>(documents, name)) ?? {};

  async function load(): Promise<void> {
    const found = new Map<string, Target>();
    const wrong: BrokenTarget[] = [];
    for (const [target, given] of Object.entries(await read())) {
      const result = readGivenTarget(given, of);
      if ('target' in result) found.set(target, result.target);
      else wrong.push({ name: target, code: result.problems[0]?.code ?? 'CONFIG_INVALID', message: result.problems.map(({ message, remedy }) => `${message}; ${remedy}`).join('. ') });
    }
    for (const { name: target, message } of wrong) of.log.warn('a target that REST gave cannot be set up', { integration: entry.identifier, target, reason: message });
    targets = found;
    broken = wrong;
  }

  return {
    given: async (target) => new Map(Object.entries(await read())).get(target),
    async put(target, given, parsed) {
      await writeState(documents, name, { ...(await read()), [target]: given });
      targets.set(target, parsed);
      broken = broken.filter((one) => one.name !== target);
    },
    async remove(target) {
      const { [target]: gone, ...rest } = await read();
      if (gone === undefined) return false;
      await writeState(documents, name, rest);
      targets.delete(target);
      broken = broken.filter((one) => one.name !== target);
      return true;
    },
    broken: () => broken,
    secrets: () => secretsIn([...targets.values()]),
    async inMarks(marks) {
      await load();
      return { ...marks, added: [...(marks?.added ?? []).filter(({ by }) => by !== 'rest'), ...[...targets.values()].map((target) => ({ target, by: 'rest' as const }))] };
    },
    outOfMarks: (marks) => ({ ...marks, added: (marks.added ?? []).filter(({ target, by }) => by !== 'rest' && secretsIn(target).length === 0) }),
  };
}
