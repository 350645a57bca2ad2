import { parseOutputId, type Output } from '../store';
import type { Outlet } from './outlet';
import type { Settled } from './sink-queue';

/** Search identifiers are named by the portal: who needs the name comes after it, if there is one to come after. */
export interface Naming {
  waits(output: Output, sink: string): boolean;
  /** What a portal did not name fails at whoever waits for the name too, else it would stay due for ever. */
  failures(settled: Settled): readonly Settled[];
  /** Sinks that come after the one that names. */
  readonly followers: readonly string[];
}

const isNamed = (output: Output): boolean => output.identifier !== undefined || !parseOutputId(output._id).identifier.startsWith('?');

export function createNaming(outlets: readonly Outlet[]): Naming {
  const followers = outlets.some(({ needsName }) => !needsName) ? outlets.filter(({ needsName }) => needsName).map(({ name }) => name) : [];
  return {
    followers,
    waits: (output, sink) => followers.includes(sink) && !isNamed(output),
    failures({ output, settlement, unmet }) {
      if ((settlement.is !== 'failed' && settlement.is !== 'refused') || isNamed(output)) return [];
      return followers.map((sink): Settled => ({ output, settlement: { ...settlement, sink, error: `${settlement.sink} has not named it yet` }, result: 'failed', unmet }));
    },
  };
}
