import type { RunningFramework } from './framework-process';
import { until } from './until';

export interface SeenKind {
  readonly kind: string;
  readonly state: string;
  readonly generation: number;
  readonly reason?: string;
  readonly guard?: { readonly candidates: number; readonly rule: string };
  readonly rows: Readonly<Record<string, number>>;
  readonly resources: readonly Readonly<Record<string, unknown>>[];
}

export interface SeenRun {
  readonly runId: string;
  readonly integration: string;
  readonly cause: string;
  readonly state: string;
  readonly error?: string;
  readonly kinds: readonly SeenKind[];
}

export interface SeenEntity {
  readonly identifier: string;
  readonly title: string | null;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly updatedAt: string;
}

/** Catalog documents of a blueprint, as REST gives them, in the order of their identifiers. */
export async function entitiesOf(framework: RunningFramework, blueprint: string): Promise<readonly SeenEntity[]> {
  const { entities } = await framework.get<{ entities: SeenEntity[] }>(`/api/v1/entities?blueprint=${blueprint}&limit=1000`);
  return [...entities].sort((a, b) => (a.identifier < b.identifier ? -1 : 1));
}

export const identifiersOf = async (framework: RunningFramework, blueprint: string): Promise<readonly string[]> => (await entitiesOf(framework, blueprint)).map((entity) => entity.identifier);

/** Of any number of entities, in their order. */
export async function allIdentifiersOf(framework: RunningFramework, blueprint: string): Promise<readonly string[]> {
  const all: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await framework.get<{ entities: { identifier: string }[]; next: string | null }>(`/api/v1/entities?blueprint=${blueprint}&limit=1000${cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    all.push(...page.entities.map(({ identifier }) => identifier));
    cursor = page.next ?? null;
  }
  return all.sort();
}

export const runsOf = async (framework: RunningFramework): Promise<readonly SeenRun[]> => (await framework.get<{ runs: SeenRun[] }>('/api/v1/runs?limit=100')).runs;

const isOpen = (run: SeenRun): boolean => run.state === 'queued' || run.state === 'running';

/** The newest run, once one ended in this process and none is queued or running. */
export async function settled(framework: RunningFramework): Promise<SeenRun> {
  await framework.runLine(1);
  return until('all runs ended', async () => {
    const runs = await runsOf(framework);
    return runs.length > 0 && !runs.some(isOpen) && runs[0];
  });
}

/** Asks for a resync by REST and waits for its end. */
export async function resync(framework: RunningFramework, identifier: string, body: object = {}): Promise<SeenRun> {
  const asked = await framework.call('POST', `/api/v1/integrations/${identifier}/resync`, body);
  if (asked.status !== 202) throw new Error(`the resync was refused: ${asked.status} ${JSON.stringify(asked.body)}`);
  return until('the run ended', async () => {
    const run = await framework.get<SeenRun>(`/api/v1/runs/${String(asked.body['runId'])}`);
    return !isOpen(run) && run;
  });
}
