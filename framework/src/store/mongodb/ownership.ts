import fs from 'node:fs';
import type { Collection, Db } from 'mongodb';
import { FrameworkError } from '../../contract';
import { newId, newRev, type Clock } from '../../shared';
import type { Holder, Ownership } from '../store';
import { translated } from './connect';
import { isDuplicate } from './dialect';

/** The document `owner` of framework.state. */
interface Owner extends Holder {
  readonly _id: string;
  readonly token: string;
  /** By the owner's clock; read by people only, since clocks differ. */
  readonly at: number;
  readonly released: boolean;
  /** Where the pid means something; absent where nobody can tell. */
  readonly home?: string;
  readonly rev: string;
}

/** Of one boot of one machine and one name space of process ids: only there does a pid that is gone prove that its process is. */
const ownHome = ((): string | undefined => {
  try {
    return `${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fs.readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined; // no Linux
  }
})();

/** Did the owner run here, and end without a word (killed)? Then nobody has to wait until it counts as silent. */
function isDead(owner: Owner): boolean {
  if (ownHome === undefined || owner.home !== ownHome || owner.pid === process.pid) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (err) {
    return (err as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

const OWNER = 'owner';
const RENEW_MS = 10_000;
const SILENT_MS = 20_000;
const LOOK_MS = 1_000;

export interface OwnershipOptions {
  readonly db: Db;
  readonly clock: Clock;
  translate(thrown: unknown): unknown;
}

/** One process owns a database: the one whose token stands in the document and that keeps changing it. */
export function createOwnership({ db, clock, translate }: OwnershipOptions): Ownership {
  const collection = db.collection<Owner>('framework.state');
  const token = newId();
  const startedAt = new Date(clock.now()).toISOString();
  let url = '';
  let held = new AbortController();
  /** Ends the renewals. */
  let renewing = new AbortController();
  /** Under which our document lies; undefined while we own nothing. */
  let rev: string | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Renewal, announcement and release change one document: one after the other, or they would take each other for another owner. */
  const inOrder = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  const owner = (released: boolean): Omit<Owner, '_id'> => ({ pid: process.pid, url, startedAt, token, at: clock.now(), released, ...(ownHome !== undefined && { home: ownHome }), rev: newRev() });
  const replaced = async (over: string, next: Omit<Owner, '_id'>): Promise<boolean> => (await collection.replaceOne({ _id: OWNER, rev: over }, next)).matchedCount === 1;

  /** Writes ours over what was seen; false when somebody else was faster. */
  async function take(seen: Owner | null): Promise<boolean> {
    const next = owner(false);
    if (!(seen === null ? await inserted(collection, { _id: OWNER, ...next }) : await replaced(seen.rev, next))) return false;
    rev = next.rev;
    return true;
  }

  async function confirm(): Promise<void> {
    if (rev === undefined) return;
    const next = owner(false);
    if (!(await replaced(rev, next))) throw new FrameworkError('STORE_LOST', []);
    rev = next.rev;
  }

  async function renew(stop: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await clock.sleep(RENEW_MS, stop);
        await inOrder(confirm);
      }
    } catch (err) {
      if (stop.aborted) return;
      // Also after a renewal that nobody answered: it may not have been written, and then others count our silence.
      rev = undefined;
      held.abort(translate(err));
    }
  }

  const calls: Omit<Ownership, 'held'> = {
    async acquire(signal) {
      let watched: { readonly rev: string; readonly since: number } | undefined;
      for (;;) {
        signal.throwIfAborted();
        const seen = await collection.findOne({ _id: OWNER });
        const now = clock.now();
        // Silence is counted by our own clock alone, from when we first saw this state of the document.
        if (seen !== null && watched?.rev !== seen.rev) watched = { rev: seen.rev, since: now };
        const free = seen === null || seen.released || seen.token === token || isDead(seen) || now - watched!.since >= SILENT_MS;
        if (free && (await take(seen))) break;
        if (!free) await clock.sleep(LOOK_MS, signal);
      }
      if (held.signal.aborted) held = new AbortController();
      renewing = new AbortController();
      void renew(renewing.signal);
    },

    release: () =>
      inOrder(async () => {
        renewing.abort();
        const mine = rev;
        rev = undefined;
        if (mine !== undefined) await replaced(mine, owner(true));
      }),

    announce(address) {
      url = address;
      return inOrder(confirm);
    },

    async holder() {
      const seen = await collection.findOne({ _id: OWNER });
      return seen === null || seen.released ? undefined : { pid: seen.pid, url: seen.url, startedAt: seen.startedAt };
    },
  };
  return {
    ...translated(calls, translate),
    get held() {
      return held.signal;
    },
  };
}

async function inserted(collection: Collection<Owner>, owner: Owner): Promise<boolean> {
  try {
    await collection.insertOne(owner);
    return true;
  } catch (err) {
    if (isDuplicate(err)) return false;
    throw err;
  }
}
