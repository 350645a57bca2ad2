import { DEFAULT_TARGET } from '../../connector';
import { services } from '../../connector/services';
import { loadEntries, type ConnectorEntry } from '../../load';
import { webhookUrl } from '../../runtime/incoming';
import { knownTargets } from '../../runtime/known-targets';
import { ENTRY_PAUSED } from '../../runtime/pauses';
import { REST_TARGETS } from '../../runtime/rest-targets';
import { readState, runsOf, type Store } from '../../store';
import { refuseBroken, type Command } from '../command';
import { exitCodes, type ExitCode } from '../exit-codes';
import { findProcess, ownStore } from '../running-process';

interface Listed {
  readonly identifier: string;
  readonly type: string;
  readonly state: string;
  readonly kinds: readonly string[];
  /** The address to give to the vendor. */
  readonly webhookUrl?: string;
  readonly lastRun?: { readonly state: string; readonly kinds: readonly { readonly kind: string; readonly rows: { readonly received: number } }[] } | null | undefined;
  readonly paused?: boolean;
  /** Of a connector. */
  readonly status?: string;
  readonly targets?: readonly { readonly name: string; readonly state: string }[];
  readonly problems?: readonly { readonly code: string; readonly message: string; readonly severity: string }[];
}

/** Entries, their state and their last run; entries that left the file but still own rows are `orphaned`. */
export async function run(command: Command): Promise<ExitCode> {
  const { invocation, settings, log, print } = command;
  if (refuseBroken(settings, invocation)) return exitCodes.usage;
  const running = await findProcess(settings, log);
  const listed = running ? (await running.call<{ integrations: Listed[] }>('GET', '/integrations?limit=1000')).body.integrations : await listHere(command);
  if (invocation.json) print(JSON.stringify(listed));
  else for (const one of listed) print(lineOf(one));
  return exitCodes.done;
}

function lineOf(listed: Listed): string {
  const { identifier, type, state, lastRun, webhookUrl: url, status, targets = [], paused, problems = [] } = listed;
  const kinds = kindsShown(listed);
  const shown = targets.map((target) => (target.state === state ? target.name : `${target.name} (${target.state})`));
  const failing = status === undefined ? [] : problems.filter(({ severity }) => severity === 'error');
  return [
    identifier,
    `(${type || 'unknown'})`,
    status === undefined ? state : `${state} (${status})`,
    ...(kinds.length === 0 ? [] : [kinds.join(' ')]),
    lastRun ? `last run ${lastRun.state}` : 'no run yet',
    ...(paused && state !== 'paused' ? ['paused'] : []),
    ...(shown.length === 0 ? [] : [`targets ${shown.join(', ')}`]),
    ...(url === undefined ? [] : [`webhook ${url}`]),
    ...failing.map(({ code, message }) => `failing ${code} ${message}`),
  ].join('  ');
}

/** A service has many kinds, of which a connector brings some: those that its last run read, and how many of each. */
const kindsShown = ({ kinds, targets, lastRun }: Listed): readonly string[] => (targets === undefined ? kinds : (lastRun?.kinds ?? []).flatMap(({ kind, rows }) => (rows.received > 0 ? [`${kind} ${rows.received}`] : [])));

async function listHere({ settings, log }: Command): Promise<Listed[]> {
  const { entries, failed, disabled } = await loadEntries(settings, services);
  const { httpPort, servicePrefix: prefix } = settings.process;
  // Port 0 is known only once a process has bound it.
  const publicUrl = settings.process.publicUrl ?? (httpPort === 0 ? undefined : `http://127.0.0.1:${httpPort}`);
  const store = await ownStore(settings, log);
  try {
    const known = await Promise.all(
      [...entries, ...disabled].map(async (entry): Promise<Listed> => {
        const [lastRun] = await runsOf(store.documents, entry.identifier, 1);
        const paused = await readState<boolean>(store.documents, `${ENTRY_PAUSED}${entry.identifier}`);
        const url = publicUrl === undefined ? undefined : webhookUrl(entry, { publicUrl, prefix });
        return { identifier: entry.identifier, type: entry.type, state: 'stopped', kinds: (entry.integration.kinds ?? []).map((kind) => kind.name), lastRun, ...(url !== undefined && { webhookUrl: url }), ...(paused && { paused }), ...(entry.connector && { targets: await targetsOf(store, entry.identifier, entry.connector) }) };
      }),
    );
    const broken = failed.map((entry): Listed => ({ identifier: entry.identifier, type: entry.type, state: 'config-failed', kinds: [] }));
    const names = new Set([...known, ...broken].map((one) => one.identifier));
    const orphans = new Map<string, string[]>();
    for (const scope of await store.rows.scopes()) if (!names.has(scope.integration)) orphans.set(scope.integration, [...(orphans.get(scope.integration) ?? []), scope.kind]);
    const left = await Promise.all(
      [...orphans].map(async ([identifier, kinds]): Promise<Listed> => {
        const [lastRun] = await runsOf(store.documents, identifier, 1);
        return { identifier, type: (await readState<string>(store.documents, `type/${identifier}`)) ?? '', state: 'orphaned', kinds, lastRun };
      }),
    );
    return [...known, ...broken, ...left];
  } finally {
    await store.ownership.release();
    await store.close();
  }
}

/** Targets of file and REST, and those that nobody names any more and that still hold elements. Which endpoints are learned only a running connector knows. */
async function targetsOf(store: Store, identifier: string, { targets, learned }: ConnectorEntry): Promise<NonNullable<Listed['targets']>> {
  const given = Object.keys((await readState<object>(store.documents, `${REST_TARGETS}${identifier}`)) ?? {});
  const configured = targets.length > 0 || learned ? targets.map(({ name }) => name) : [DEFAULT_TARGET];
  const present = new Set([...configured, ...given]);
  const gone = learned ? [] : await knownTargets(store)(identifier, present);
  return [...[...present].map((name) => ({ name, state: 'stopped' })), ...gone.map((name) => ({ name, state: 'orphaned' }))];
}
