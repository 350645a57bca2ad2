import type { RunningFramework } from './framework-process';

type Counts = Readonly<Record<string, number>>;

export interface SeenPipeline {
  readonly name: string;
  readonly backlog: number;
  readonly received: Counts;
  readonly sinks: readonly { readonly sink: string; readonly state: string; readonly counters: Counts }[];
}

export const pipelinesOf = async (framework: RunningFramework): Promise<readonly SeenPipeline[]> => (await framework.get<{ pipelines: SeenPipeline[] }>('/api/v1/pipelines')).pipelines;

const sumOf = (counts: Counts, names: readonly string[]): number => names.reduce((sum, name) => sum + counts[name]!, 0);
const ENDS = ['filtered', 'stale', 'superseded', 'unchanged', 'delivered', 'pending', 'dead'];
const ANSWERS = ['ignored', 'duplicate', 'accepted', 'dead'];

/** Counters close, at any moment: gives a line for each sum that does not. */
export const openSums = (pipelines: readonly SeenPipeline[]): readonly string[] =>
  pipelines.flatMap(({ name, received, sinks }) => [
    ...(received['received'] === sumOf(received, ANSWERS) ? [] : [`${name}: ${JSON.stringify(received)}`]),
    ...sinks.flatMap(({ sink, counters }) => (counters['accepted'] === sumOf(counters, ENDS) ? [] : [`${name} ${sink}: ${JSON.stringify(counters)}`])),
  ]);

/** Nothing is on its way any more. */
export const isAtRest = (pipelines: readonly SeenPipeline[]): boolean => pipelines.every(({ backlog, sinks }) => backlog === 0 && sinks.every(({ counters }) => counters['pending'] === 0));

/** Counters and their sums, for the log of a test. */
export const shown = (pipelines: readonly SeenPipeline[]): string =>
  pipelines
    .flatMap(({ name, received, sinks }) => [
      `${name} received ${received['received']} = ${ANSWERS.map((answer) => `${received[answer]} ${answer}`).join(' + ')}`,
      ...sinks.map(({ sink, counters }) => `${name} → ${sink} accepted ${counters['accepted']} = ${ENDS.map((end) => `${counters[end]} ${end}`).join(' + ')} = ${sumOf(counters, ENDS)}`),
    ])
    .join('\n');

/** Questions to sources that are not answered. */
export async function openAsks(framework: RunningFramework): Promise<number> {
  const text = await (await fetch(`${framework.url}/metrics`)).text();
  return [...text.matchAll(/^if_asks_open\{[^}]*\} (\d+)/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
}
