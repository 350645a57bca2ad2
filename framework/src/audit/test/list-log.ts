import { components, createAuditLog, type AuditRecord, type RootAuditLog } from '..';
import type { Clock } from '../../shared';

/** An audit log whose records a test reads from a list, after `flush`. */
export function listLog(clock: Clock): { readonly log: RootAuditLog; readonly said: readonly AuditRecord[] } {
  const said: AuditRecord[] = [];
  const list = { name: 'list', accepts: () => true, write: async (records: readonly AuditRecord[]) => void said.push(...records) };
  const originator = { server: 'test', type: 'Integration Framework', organisation: '' };
  return { said, log: createAuditLog({ component: components.runtime, originator, destinations: [list], clock, redact: (text) => text }) };
}
