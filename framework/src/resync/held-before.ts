import { heldRunsOf, type Documents, type Run } from '../store';

/**
 * A run that could not read all, and found again what an older run holds already: it is the older one that waits for a release, and this one has failed. What nobody held
 * before stays held by this run: otherwise it could not be released while something else of the entry fails.
 */
export async function leaveToOlder(documents: Documents, run: Run): Promise<void> {
  const older = (await heldRunsOf(documents, run.integration)).filter(({ runId, requestedAt }) => runId !== run.runId && requestedAt <= run.requestedAt);
  for (const kind of run.kinds) {
    const holds = kind.state === 'needs-release' && older.find(({ kinds }) => kinds.some((one) => one.kind === kind.kind && one.state === 'needs-release'));
    if (!holds) continue;
    Object.assign(kind, { state: 'completed', reason: `run ${holds.runId} holds its deletions, and waits for a release` });
    delete kind.guard;
  }
}
