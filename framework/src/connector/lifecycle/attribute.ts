import { AsyncLocalStorage } from 'node:async_hooks';

/** Whoever an error belongs to that no method throws. */
export interface Owner {
  readonly name: string;
  stray(thrown: unknown): void;
}

const owners = new AsyncLocalStorage<Owner | undefined>();

/** Everything that this work starts (timers, promises, listeners) belongs to the owner; undefined: to nobody. */
export const runAs = <T>(owner: Owner | undefined, work: () => T): T => owners.run(owner, work);

/** Gives an error to the one in whose async context it arose. False: it belongs to nobody. */
export function attribute(thrown: unknown): boolean {
  const owner = owners.getStore();
  owner?.stray(thrown);
  return owner !== undefined;
}

interface StrayEvents {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (thrown: unknown) => void): unknown;
  off(event: 'uncaughtException' | 'unhandledRejection', listener: (thrown: unknown) => void): unknown;
}

/** Listens to a process for errors of connectors; what is nobody's goes to `otherwise`, which should end the process as Node would. Gives the way to stop. */
export function watchStray(process: StrayEvents, otherwise: (thrown: unknown) => void): () => void {
  const listener = (thrown: unknown): void => {
    if (!attribute(thrown)) otherwise(thrown);
  };
  process.on('uncaughtException', listener);
  process.on('unhandledRejection', listener);
  return () => {
    process.off('uncaughtException', listener);
    process.off('unhandledRejection', listener);
  };
}
