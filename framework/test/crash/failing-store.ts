import { FrameworkError } from '../../src/contract';
import type { Store } from '../../src/store';

/** A store of a process that will be killed. */
export interface FailingStore {
  readonly store: Store;
  /** Calls that were made. */
  calls(): number;
  /** What the last call was, for messages. */
  last(): string;
}

/**
 * The n-th call takes effect, and nobody hears of it: from then on the process is dead, so every call is refused. Counts what is awaited of documents, rows,
 * outputs and catalog.
 */
export function failAfter(real: Store, n: number, died: () => void): FailingStore {
  let calls = 0;
  let last = '';
  const dead = (): FrameworkError => new FrameworkError('STORE_UNREACHABLE', [`killed after ${n} calls (${last})`]);
  const counted = <T extends object>(name: string, part: T): T =>
    new Proxy(part, {
      get(target, member) {
        const value: unknown = Reflect.get(target, member);
        if (typeof value !== 'function') return value;
        return async (...given: unknown[]): Promise<unknown> => {
          if (calls >= n) throw dead();
          calls++;
          last = `${name}.${String(member)}`;
          const call = (value as (...all: unknown[]) => Promise<unknown>).apply(target, given);
          if (calls < n) return call;
          try {
            await call;
          } finally {
            died();
          }
          throw dead();
        };
      },
    });
  return {
    calls: () => calls,
    last: () => last,
    store: { ...real, documents: counted('documents', real.documents), rows: counted('rows', real.rows), outputs: counted('outputs', real.outputs), catalog: counted('catalog', real.catalog) },
  };
}
