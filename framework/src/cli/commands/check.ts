import { FrameworkError, isAbort, toFrameworkError, type CheckReport } from '../../contract';
import type { DocumentSink } from '../../deliver';
import type { ConnectorEntry, Entry } from '../../load';
import { connectorChecks, type TargetCheck } from '../../runtime/check-connector';
import { loadConfiguration } from '../../runtime/declared-pipelines';
import { openStore } from '../../runtime/open-store';
import { createSources, type Sources } from '../../runtime/sources';
import { standalonePortal } from '../../runtime/standalone-portal';
import { limiter, systemClock } from '../../shared';
import { printProblems, refuseBroken, usageError, type Command } from '../command';
import { exitCodes, type ExitCode } from '../exit-codes';
import { findProcess } from '../running-process';

const PATIENCE_MS = 20_000;
/** What heeds no signal is left after it; no work is in flight that would need longer. */
const GRACE_MS = 3_000;
/** Targets of a connector that are started beside each other. */
const ABREAST = 10;

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Tries credentials and reachability of portal, store, sources, connectors and sinks. Writes nothing. */
export async function run({ invocation, settings, log, print }: Command): Promise<ExitCode> {
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const { entries, failed, pipelines, secrets } = await loadConfiguration(settings, { clock: systemClock, log });
  log.hide(secrets);
  const wanted = invocation.target === undefined ? entries : entries.filter((entry) => entry.identifier === invocation.target);
  if (invocation.target !== undefined && wanted.length === 0 && !failed.some((entry) => entry.identifier === invocation.target)) throw usageError(`there is no entry ${invocation.target}`);
  printProblems(failed.flatMap((entry) => entry.problems), invocation);

  const attempt = async (what: string, work: () => Promise<string>): Promise<Finding> => {
    try {
      return { what, ok: true, detail: log.redact(await work()) };
    } catch (err) {
      return { what, ok: false, detail: log.redact(toFrameworkError(err).message) };
    }
  };
  const findings: Finding[] = [await attempt('store', () => checkStore({ settings, log }))];
  if (settings.port) findings.push(await attempt('portal', () => checkPortal({ settings, log })));
  const signal = AbortSignal.timeout(PATIENCE_MS * 3);
  const sources = createSources({ clock: systemClock, log });
  for (const entry of wanted) {
    const source = async (): Promise<string> => {
      const report = await checkSource(entry, sources.context(entry, signal));
      if (!report.ok) throw new Error(report.lines.join('; '));
      return report.lines.join('; ');
    };
    if (entry.connector) findings.push(...(await checkConnector({ ...entry, connector: entry.connector }, { attempt, sources, log })));
    if (!entry.connector || (entry.integration.kinds ?? []).length > 0) findings.push(await attempt(`source ${entry.identifier}`, source));
    for (const { name, sinks } of pipelines.get(entry.identifier) ?? []) {
      for (const sink of sinks) if (sink.is === 'document') findings.push(await attempt(`sink ${sink.name} of ${name}`, () => checkSink(sink.sink)));
    }
  }
  if (invocation.json) print(JSON.stringify(findings));
  else for (const finding of findings) print(`${finding.ok ? 'ok    ' : 'FAILED'}  ${finding.what}  ${finding.detail}`);
  return findings.every((finding) => finding.ok) ? exitCodes.done : exitCodes.portal;
}

/** An instance of each target is made, started and disconnected. */
async function checkConnector(entry: Entry & { readonly connector: ConnectorEntry }, of: Pick<Command, 'log'> & { readonly sources: Sources; attempt(what: string, work: () => Promise<string>): Promise<Finding> }): Promise<readonly Finding[]> {
  const { identifier } = entry;
  let checks: readonly TargetCheck[] = [];
  const found = await of.attempt(`connector ${identifier}`, async () => {
    checks = connectorChecks(entry, { clock: systemClock, log: of.log, sources: of.sources, patienceMs: PATIENCE_MS, graceMs: GRACE_MS });
    return 'nothing to start here: it learns its endpoints from the catalog of a running process, whose `framework list` tells how they are';
  });
  if (checks.length === 0) return [found];
  const limit = limiter(ABREAST);
  return Promise.all(checks.map(({ target, work }) => limit(() => of.attempt(`connector ${identifier}${checks.length > 1 ? ` target ${target}` : ''}`, async () => {
    await work();
    return 'starts';
  }))));
}

async function checkStore({ settings, log }: Pick<Command, 'settings' | 'log'>): Promise<string> {
  const running = await findProcess(settings, log);
  if (running) return `in use by pid ${running.pid} at ${running.url}`;
  if (!settings.mongodb) return `data folder ${settings.process.dataDir}`;
  const store = await openStore(settings, { clock: systemClock, log });
  try {
    await store.ping();
    return 'MongoDB answers';
  } finally {
    await store.close();
  }
}

async function checkSink(sink: DocumentSink): Promise<string> {
  try {
    await sink.ping?.(AbortSignal.timeout(PATIENCE_MS));
    return 'answers';
  } finally {
    await sink.close();
  }
}

async function checkPortal({ settings, log }: Pick<Command, 'settings' | 'log'>): Promise<string> {
  if (settings.port!.local) return 'built in';
  const open = await standalonePortal(settings, { clock: systemClock, log });
  try {
    await open!.portal.connect(AbortSignal.timeout(PATIENCE_MS)).catch((err: unknown) => {
      if (!isAbort(err)) throw err;
      throw new FrameworkError('PORTAL_UNREACHABLE', [open!.portal.status().error ?? `no answer within ${PATIENCE_MS / 1_000} s`]);
    });
    return `${settings.port!.baseUrl} accepts our credentials`;
  } finally {
    await open?.close();
  }
}

/** What the integration says; else the first page of the first kind that can be listed. */
async function checkSource(entry: Entry, context: Parameters<NonNullable<Entry['integration']['check']>>[0]): Promise<CheckReport> {
  if (entry.integration.check) return entry.integration.check(context);
  const kind = (entry.integration.kinds ?? []).find((candidate) => candidate.scan && !candidate.partitions && candidate.listed?.(entry.settings) !== false);
  if (!kind?.scan) return { ok: true, lines: ['nothing to ask'] };
  for await (const page of kind.scan({ ...context, partition: { name: 'all' }, selector: {} }, undefined)) return { ok: true, lines: [`${kind.name}: a page of ${page.rows.length}`] };
  return { ok: true, lines: [`${kind.name}: no page`] };
}
