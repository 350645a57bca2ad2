import { auditMessages, components, type AuditLog } from '../audit';
import type { Resync } from '../resync';
import type { Documents, Run } from '../store';
import type { Operations } from './operations';

const { run: runs, pipelines, runtime, targets } = auditMessages;

/** Who asks by these is a person. */
const PERSONAL: readonly Run['cause'][] = ['rest', 'cli'];

/** The same resync; what people ask of it is said in the audit log once it is stored. */
export function tellRunActivity(resync: Resync, of: { readonly audit: AuditLog; readonly documents: Pick<Documents, 'get'> }): Resync {
  const about = (connector: string, runId: string): AuditLog => of.audit.child(components.run, { connector, runId });
  const integrationOf = async (runId: string): Promise<string> => (await of.documents.get<Run>('runs', runId).catch(() => undefined))?.integration ?? '';
  return {
    ...resync,
    async request(asked) {
      const ticket = await resync.request(asked);
      const { runId } = ticket;
      if (ticket.joined) of.audit.child(components.runtime, { connector: asked.identifier }).log('ask for a resync', runtime.refreshJoined, { connectorName: asked.identifier, cause: asked.cause, runId });
      if (PERSONAL.includes(asked.cause)) about(asked.identifier, runId).log('ask for a resync', runs.resyncRequested, { connectorName: asked.identifier, origin: asked.cause, runId });
      return ticket;
    },
    async release(runId) {
      const answer = await resync.release(runId);
      if (answer === 'released') {
        const connectorName = await integrationOf(runId);
        about(connectorName, runId).log('release', runs.runReleased, { connectorName, runId });
      }
      return answer;
    },
    async cancel(runId) {
      const answer = await resync.cancel(runId);
      if (answer === 'cancelled') {
        const connectorName = await integrationOf(runId);
        about(connectorName, runId).log('cancel', runs.runCancelled, { connectorName, runId });
      }
      return answer;
    },
  };
}

/** The same operations; what people do to pipelines and dead letters is said in the audit log once it is done. */
export function tellPipelineActivity(operations: Operations, audit: AuditLog): Operations {
  const own = audit.child(components.pipelines);
  return {
    ...operations,
    async replay(selection) {
      const count = await operations.replay(selection);
      const connector = 'integration' in selection ? selection.integration : undefined;
      if (count > 0) own.child(own.component, { ...(connector !== undefined && { connector }) }).log('replay', pipelines.deadLettersReplayed, { count, filter: selection });
      return count;
    },
    async discard(id) {
      const letter = await operations.discard(id);
      if (letter) {
        const { integration: connectorName, stage, code, pipeline } = letter;
        own.child(own.component, { connector: connectorName }).log('discard', pipelines.deadLetterDiscarded, { letter: id, connectorName, stage, code, pipeline });
      }
      return letter;
    },
    async pause(pipeline) {
      const paused = await operations.pause(pipeline);
      if (paused) own.log('pause', pipelines.pipelinePaused, { pipeline });
      return paused;
    },
    async resume(pipeline) {
      const resumed = await operations.resume(pipeline);
      if (resumed) own.log('resume', pipelines.pipelineResumed, { pipeline });
      return resumed;
    },
  };
}

/** The same operations; what people do to connectors and entries is said in the audit log once it is done. */
export function tellConnectorActivity(operations: Operations, audit: AuditLog): Operations {
  const about = (component: 'runtime' | 'targets', connector: string): AuditLog => audit.child(components[component], { connector });
  const origin = 'a call of REST';
  return {
    ...operations,
    async setEntryPaused(connectorName, paused) {
      await operations.setEntryPaused(connectorName, paused);
      about('runtime', connectorName).log(paused ? 'pause' : 'resume', paused ? runtime.paused : runtime.resumed, { connectorName });
    },
    async restart(connectorName, target) {
      const begun = await operations.restart(connectorName, target);
      about('runtime', connectorName).log(target === undefined ? 'restart' : `restart of the target ${target}`, runtime.restartRequested, { connectorName });
      return begun;
    },
    async addTarget(connectorName, given) {
      const added = await operations.addTarget(connectorName, given);
      const { name: targetName, result } = added;
      if (result !== 'unchanged') about('targets', connectorName).log('give a target', result === 'added' ? targets.targetAdded : targets.targetChanged, { targetName, connectorName, origin });
      return added;
    },
    async removeTarget(connectorName, targetName) {
      await operations.removeTarget(connectorName, targetName);
      about('targets', connectorName).log('remove a target', targets.targetRemoved, { targetName, connectorName, origin });
    },
  };
}
