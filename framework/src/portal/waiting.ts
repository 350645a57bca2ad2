import type { Priority } from './types';

/** Callers that wait for their turn: live before resync before background, by arrival within one. */
export interface Waiting {
  /** Resolves when `next` picks this caller; rejects with the signal's reason when it aborts first. */
  wait(priority: Priority, signal?: AbortSignal): Promise<void>;
  /** Lets the first one go; false when nobody waits. */
  next(): boolean;
  readonly size: number;
}

const ORDER: readonly Priority[] = ['live', 'resync', 'background'];

export function waiting(): Waiting {
  const lines: Readonly<Record<Priority, Set<() => void>>> = { live: new Set(), resync: new Set(), background: new Set() };
  return {
    wait: (priority, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const leave = (): void => {
          lines[priority].delete(go);
          reject(signal?.reason as Error);
        };
        const go = (): void => {
          signal?.removeEventListener('abort', leave);
          resolve();
        };
        lines[priority].add(go);
        signal?.addEventListener('abort', leave, { once: true });
      }),
    next: () => {
      for (const priority of ORDER) {
        for (const go of lines[priority]) {
          lines[priority].delete(go);
          go();
          return true;
        }
      }
      return false;
    },
    get size() {
      return ORDER.reduce((sum, priority) => sum + lines[priority].size, 0);
    },
  };
}
