import { ancestorKeys, dnKey, dnOf } from './dn';
import { anyFamily } from './families';
import type { Session } from './session';
import type { LdapSettings } from './settings';
import type { Watch } from './watch';
import { lookByTime, lookByUsn, readUsn, watchByPolling } from './watch-poll';
import { contextCsns, watchBySync } from './watch-sync';

export interface StartWatchOptions {
  readonly settings: LdapSettings;
  /** A session of its own, which ends with the signal too where one is given. */
  readonly open: (signal?: AbortSignal) => Promise<Session>;
}

const SYNC = '1.3.6.1.4.1.4203.1.9.1.1';

/** The best way to hear of changes that the server has, from now on. Opens nothing yet. `by` names it for the log. */
export async function startWatch(session: Session, { settings, open }: StartWatchOptions): Promise<{ readonly watch: Watch; readonly by: 'syncrepl' | 'uSNChanged' | 'modifyTimestamp' }> {
  const { base, pageSize, watchInterval: intervalMs } = settings;
  const where = { base, filter: anyFamily(settings), pageSize };
  const root = await session.one({ base: '', filter: '(objectClass=*)', attributes: ['namingContexts', 'supportedControl'] });
  const above = [dnKey(dnOf(base)), ...ancestorKeys(dnOf(base))];
  const suffix = root?.values('namingContexts').find((name) => above.includes(dnKey(dnOf(name))));
  if (suffix !== undefined && root?.values('supportedControl').includes(SYNC)) {
    const since = await contextCsns(session, suffix);
    if (since.length > 0) return { watch: watchBySync({ open: () => open(), base, filter: where.filter, suffix, since }), by: 'syncrepl' };
  }
  const usn = await readUsn(session);
  if (usn) return { watch: watchByPolling({ open, intervalMs, look: lookByUsn(where, usn) }), by: 'uSNChanged' };
  return { watch: watchByPolling({ open, intervalMs, look: lookByTime(where, new Date()) }), by: 'modifyTimestamp' };
}
