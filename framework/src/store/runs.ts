import { newId, type Clock } from '../shared';
import { change } from './guarded';
import type { ResyncRequest, Run, RunTicket } from './run';
import type { Documents, Writable } from './store';

/** Runs kept for each entry. */
const KEPT = 50;
/** Ids of triggers kept in a run: far more than can join one, and a bound. */
const REQUESTS_KEPT = 1_000;

const isOpen = (run: Run): boolean => run.state === 'running' || run.state === 'queued';
const latestFirst = { by: 'requestedAt', descending: true } as const;

export const runsOf = (documents: Documents, integration: string, limit = KEPT): Promise<Run[]> =>
  documents.list<Run>('runs', { equals: { integration }, order: latestFirst, limit });

const runsIn = (documents: Documents, integration: string, state: Run['state']): Promise<Run[]> =>
  documents.list<Run>('runs', { equals: { integration, state }, order: { by: 'requestedAt' }, limit: KEPT });

/** The running ones, then the queued ones; oldest first. */
export const openRunsOf = async (documents: Documents, integration: string): Promise<Run[]> => [
  ...(await runsIn(documents, integration, 'running')),
  ...(await runsIn(documents, integration, 'queued')),
];

/** Those that wait for a release; oldest first. */
export const heldRunsOf = (documents: Documents, integration: string): Promise<Run[]> => runsIn(documents, integration, 'needs-release');

/** Generations of the kind that wait for a release: their scans are still needed. */
export const heldGenerations = async (documents: Documents, integration: string, kind: string): Promise<ReadonlySet<number>> =>
  new Set((await heldRunsOf(documents, integration)).flatMap((run) => run.kinds.filter((one) => one.kind === kind && one.state === 'needs-release').map((one) => one.generation)));

export const updateRun = (documents: Documents, runId: string, apply: (run: Run) => Writable<Run> | undefined): Promise<Run | undefined> =>
  change<Run>(documents, { collection: 'runs', id: runId }, (current) => (current === undefined ? undefined : apply(current)));

/** Both asked for some (kinds, targets): the run reads those of both; one that asked for all reads all. */
const joined = (a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] | undefined =>
  a === undefined || b === undefined ? undefined : [...new Set([...a, ...b])];

/**
 * Stores a request as a run and answers it. Of one entry at a time (the caller sees to it); idempotent by the request's id.
 * `waits`: nothing of the entry begins now. While a run is running, the first request queues one follow-up run and all later ones join that: joining the running one would miss what changed behind the reader.
 */
export async function storeRequest(documents: Documents, request: ResyncRequest, by: { readonly clock: Clock; readonly token: string; readonly waits?: boolean }): Promise<RunTicket> {
  const id = request.id ?? newId();
  const runs = await runsOf(documents, request.identifier, KEPT * 2);
  const ticket = (run: Run, joined: boolean): RunTicket => ({ identifier: request.identifier, runId: run.runId, status: run.state === 'running' ? 'running' : 'queued', joined });

  const known = runs.find((run) => run.requests.includes(id));
  if (known) return ticket(known, true);

  // A released run reads nothing again, so nobody can join it.
  const queued = runs.find((run) => run.state === 'queued' && !run.released);
  if (queued) {
    const written = await updateRun(documents, queued.runId, (run) => {
      if (run.state !== 'queued') return undefined;
      const { rev: _rev, only, targets: before, force, ...rest } = run;
      const kinds = joined(only, request.kinds);
      const targets = joined(before, request.targets);
      // A run for a changed mapping asks the source nothing; whoever wants more makes it a run like any other.
      const cause = rest.cause === 'mapping' ? request.cause : rest.cause;
      return { ...rest, cause, ...(kinds && { only: kinds }), ...(targets && { targets }), ...((force || request.force) && { force: true }), requests: [...run.requests, id].slice(-REQUESTS_KEPT) };
    });
    if (written?.requests.includes(id)) return ticket(written, true);
  }

  const runId = newId();
  const run: Writable<Run> = {
    _id: runId,
    runId,
    integration: request.identifier,
    cause: request.cause,
    state: by.waits || runs.some((other) => other.state === 'running') ? 'queued' : 'running',
    requestedAt: by.clock.now(),
    kinds: [],
    ...(request.kinds && { only: request.kinds }),
    ...(request.targets && { targets: request.targets }),
    ...(request.force && { force: true }),
    requests: [id],
    token: by.token,
    totals: { created: 0, updated: 0, deleted: 0, failed: 0 },
  };
  await documents.insert<Run>('runs', run);
  return ticket({ ...run, rev: '' }, false);
}

/** Removes runs beyond the newest 50 of an entry; open and held ones stay. */
export async function expireRuns(documents: Documents, integration: string): Promise<number> {
  const runs = await documents.list<Run>('runs', { equals: { integration }, order: latestFirst, limit: 1_000 });
  const old = runs.slice(KEPT).filter((run) => !isOpen(run) && run.state !== 'needs-release');
  for (const run of old) await documents.remove('runs', run._id);
  return old.length;
}
