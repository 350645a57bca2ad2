import { auditMessages, components, type AuditLog } from '../audit';
import type { Clock } from '../shared';
import type { Ownership } from '../store';
import { serverName } from './open-audit';

/** An owner that ended or fell silent is replaced without a word within this time. */
const PATIENCE_MS = 2_000;

const { store: messages } = auditMessages;

/** Ownership of the store, and what the audit log says of it. */
export interface Cohort {
  /** Resolves once this process owns the store. */
  acquire(signal: AbortSignal): Promise<void>;
  taken(): void;
  lost(reason: unknown): void;
  /** Gives it up, as far as it can be told. */
  release(): Promise<void>;
}

export function createCohort(of: { readonly audit: AuditLog; readonly ownership: Ownership; readonly clock: Clock; readonly storeName: string }): Cohort {
  const { ownership, clock, storeName } = of;
  const audit = of.audit.child(components.store);
  const names = { serverName, storeName };

  async function tellStandby(over: AbortSignal): Promise<void> {
    await clock.sleep(PATIENCE_MS, over);
    const holder = await ownership.holder();
    if (over.aborted || !holder) return;
    audit.log('acquire the store', messages.standingBy, { ...names, holder: `pid ${holder.pid}${holder.url === '' ? '' : ` at ${holder.url}`}` });
  }

  let owned = false;
  function taken(): void {
    owned = true;
    audit.log('acquire the store', messages.ownershipTaken, names);
  }

  return {
    async acquire(signal) {
      const done = new AbortController();
      // It is over, or the store does not answer: then there is nobody to name.
      tellStandby(AbortSignal.any([signal, done.signal])).catch(() => undefined);
      try {
        await ownership.acquire(signal);
      } finally {
        done.abort();
      }
      taken();
    },
    taken,
    lost(reason) {
      owned = false;
      audit.log('keep the store', messages.ownershipLost, { ...names, reason: reason instanceof Error ? reason.message : String(reason) });
    },
    release: () =>
      ownership.release().then(
        () => void (owned && audit.log('release the store', messages.ownershipReleased, names)),
        () => undefined,
      ),
  };
}
