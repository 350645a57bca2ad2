import type { Session } from './session';
import { ID_ATTRIBUTES, type Entry } from './entry';
import { MAX_CHANGES, type Change, type News, type Watch } from './watch';

/** What one look found. `commit` moves the place to look from on. */
export interface Look extends Pick<News, 'changes' | 'missed'> {
  commit(): void;
}
/** Looks for changes since the last look that was committed. */
export type Looking = (session: Session) => Promise<Look>;

export interface PollWatchOptions {
  readonly open: (signal: AbortSignal) => Promise<Session>;
  readonly look: Looking;
  readonly intervalMs: number;
}

/** Looks again and again, over one connection. Removed entries are not seen: the next comparison finds them. */
export function watchByPolling({ open, look, intervalMs }: PollWatchOptions): Watch {
  let session: Session | undefined;
  const close = async (): Promise<void> => {
    const ending = session;
    session = undefined;
    await ending?.close();
  };
  return {
    async next(signal): Promise<News> {
      try {
        for (;;) {
          signal.throwIfAborted();
          session ??= await open(signal);
          const { changes, missed, commit } = await look(session);
          if (missed || changes.length > 0) return { changes, missed, session, handled: commit };
          commit();
          await pause(intervalMs, signal);
        }
      } catch (err) {
        await close();
        throw err;
      }
    },
    close,
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });

interface Where {
  readonly base: string;
  /** Entries that matter. */
  readonly filter: string;
  readonly pageSize: number;
}

/** Active Directory numbers its changes. The numbers are those of one server. */
export interface Usn {
  readonly server: string;
  readonly highest: bigint;
}

export async function readUsn(session: Session): Promise<Usn | undefined> {
  const root = await session.one({ base: '', filter: '(objectClass=*)', attributes: ['highestCommittedUSN', 'dsServiceName'] });
  const highest = root?.values('highestCommittedUSN')[0];
  return highest === undefined ? undefined : { server: root?.values('dsServiceName')[0] ?? '', highest: BigInt(highest) };
}

export function lookByUsn({ base, filter, pageSize }: Where, since: Usn): Looking {
  let last = since;
  return async (session) => {
    const now = (await readUsn(session)) ?? last;
    const commit = (): void => void (last = now);
    // Another server answers now, with numbers of its own.
    if (now.server !== last.server) return { changes: [], missed: true, commit };
    if (now.highest <= last.highest) return { changes: [], missed: false, commit };
    const entries = await collect(session.pages({ base, filter: `(&${filter}(uSNChanged>=${last.highest + 1n}))`, attributes: ID_ATTRIBUTES }, pageSize));
    return { ...told(entries), commit };
  };
}

/** Its clock may be behind ours by this much. */
const SKEW_MS = 15 * 60_000;

/** A directory of any kind: by the time of the last change, which the server keeps to the second. */
export function lookByTime({ base, filter, pageSize }: Where, now: Date): Looking {
  let since = `${new Date(now.getTime() - SKEW_MS).toISOString().replace(/[-:T]|\.\d+/g, '')}`;
  /** Entries of that second, or of the begin, that are known in this state: the filter finds them again. */
  let known = new Set<string>();
  return async (session) => {
    const entries = await collect(session.pages({ base, filter: `(&${filter}(modifyTimestamp>=${since}))`, attributes: [...ID_ATTRIBUTES, 'modifyTimestamp', 'entryCSN'] }, pageSize));
    const timeOf = (entry: Entry): string => entry.values('modifyTimestamp')[0] ?? '';
    // Two changes of one second are told apart by OpenLDAP's own number of a change, or by the name.
    const stateOf = (entry: Entry): string => [entry.id, timeOf(entry), ...entry.values('entryCSN'), entry.name].join(' ');
    const fresh = entries.filter((entry) => !known.has(stateOf(entry)));
    return {
      ...told(fresh),
      commit() {
        for (const entry of entries) if (timeOf(entry) > since) since = timeOf(entry);
        known = new Set(entries.filter((entry) => timeOf(entry) >= since).map(stateOf));
      },
    };
  };
}

async function collect(pages: AsyncIterable<readonly Entry[]>): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const page of pages) {
    entries.push(...page);
  }
  return entries;
}

function told(entries: readonly Entry[]): Pick<Look, 'changes' | 'missed'> {
  if (entries.length > MAX_CHANGES) return { changes: [], missed: true };
  return { changes: entries.map(({ id, name }): Change => ({ id, name })), missed: false };
}
