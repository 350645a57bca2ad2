import { hostname } from 'node:os';
import { components, createAuditLog, openDestinations, type ConsoleOutput, type DeclaredDestination, type RootAuditLog } from '../audit';
import type { Settings } from '../config';
import type { Log, Secret } from '../contract';
import { withhold, type Clock } from '../shared';
import type { Store } from '../store';

/** The text log of the process, with what the audit log shares with it: where it writes, and what it hides. */
export interface FrameworkLog extends Log {
  /** Takes every secret value that this process knows out of a text. */
  redact(text: string): string;
  readonly console: ConsoleOutput;
}

export interface OpenAudit {
  readonly settings: Pick<Settings, 'audit'>;
  readonly store: Pick<Store, 'audit'>;
  readonly clock: Clock;
  readonly log: FrameworkLog;
  /** Made here, so that the text log does not know them. */
  readonly secrets: readonly Secret[];
}

/** Name of this process among others; also two of one machine differ. */
export const serverName = `${hostname()}/${process.pid}`;

/** The audit log of this process, to the destinations of the settings. Opens nothing: each destination opens with its first record. */
export function openAudit({ settings, store, clock, log, secrets }: OpenAudit): RootAuditLog {
  return createAuditLog({
    component: components.runtime,
    originator: { server: serverName, type: 'Integration Framework', organisation: '' },
    destinations: openDestinations(settings.audit.destinations as readonly DeclaredDestination[], { clock, console: log.console, store: store.audit }),
    clock,
    redact: (text) => withhold(log.redact(text), secrets.map((secret) => secret.reveal())),
  });
}
