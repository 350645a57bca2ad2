import { auditMessages, components, type AuditLog } from '../audit';
import type { Run, RunKind } from '../store';

const { run: runs } = auditMessages;
/** Of what stays the record names the first few; the run names more. */
const NAMED = 10;

/** Says what a run came to, kind by kind, and how it ended. */
export function tellRun(audit: AuditLog, run: Run): void {
  const { runId, integration: connectorName, state, error } = run;
  const log = audit.child(components.run, { connector: connectorName, runId });
  for (const kind of run.kinds) tellKind(log, { runId, connectorName }, kind);
  const reasons = [...(error === undefined ? [] : [error]), ...run.kinds.flatMap(({ kind, state: is, reason }) => (is === 'failed' && reason !== undefined ? [`${kind}: ${reason}`] : []))];
  const reason = reasons[0] ?? 'no reason is known';
  if (state === 'failed') log.log('end a run', runs.runFailed, { runId, connectorName, reason }, reasons.slice(1));
  if (state === 'aborted') log.log('end a run', runs.runAborted, { runId, connectorName, reason });
  log.log('end a run', runs.runTimes, { runId, connectorName, elapsedMs: (run.endedAt ?? 0) - (run.startedAt ?? run.endedAt ?? 0), counts: run.totals });
}

function tellKind(log: AuditLog, of: { readonly runId: string; readonly connectorName: string }, kind: RunKind): void {
  const about = { ...of, kind: kind.kind };
  const { guard, rows, reason } = kind;
  if (kind.state === 'needs-release' && guard) {
    if (guard.rule === 'nothing-seen') log.log('delete what is gone', runs.nothingListed, { ...about, count: guard.alive });
    else log.log('delete what is gone', runs.deletePhaseHeld, { ...about, count: guard.candidates, alive: guard.alive, rule: guard.rule });
  }
  if (kind.state === 'incomplete' || kind.state === 'failed') log.log('delete what is gone', runs.deletePhaseSkipped, { ...about, reason: reason ?? 'no reason is known' });
  if (kind.left) log.log('delete what is gone', runs.leftInPlace, { ...about, count: kind.left.count }, kind.left.identifiers.slice(0, NAMED));
  if (rows.gone > 0) log.log('delete what is gone', runs.deleted, { ...about, count: rows.gone });
}
