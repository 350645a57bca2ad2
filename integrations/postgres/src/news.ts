import { isObject, parseJson } from '@integration-framework/framework';

/** A table or view of which something was told. */
export interface Told {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  /** It was made: no other name of it can be in the catalog. */
  readonly isNew: boolean;
}
export interface Batch {
  readonly tables: readonly Told[];
  /** Something else was told, or more than is worth reading one by one. */
  readonly refresh: boolean;
}

/** What was told and is not handled yet, gathered: a table once, however often it was told. */
export interface News {
  hear(database: string, payload: string): void;
  /** Something was missed. */
  miss(): void;
  take(): Batch;
  /** It was not handled after all. */
  restore(batch: Batch): void;
  /** Resolves when there are news that nothing was added to for `quietMs`, or when the time is over. */
  gathered(limits: { readonly waitMs: number; readonly quietMs: number; readonly atMostMs: number }, signal: AbortSignal): Promise<void>;
  /** Ends the wait. */
  wake(): void;
}

// One by one costs a few queries each; a refresh reads a thousand of them in a second.
const MOST = 200;

export function createNews(): News {
  let tables = new Map<string, Told>();
  let refresh = false;
  let stir: () => void = () => undefined;

  function put(told: Told): void {
    const key = JSON.stringify([told.database, told.schema, told.table]);
    const known = tables.get(key);
    tables.set(key, known ? { ...told, isNew: told.isNew && known.isNew } : told);
    if (tables.size <= MOST) return;
    tables.clear();
    refresh = true;
  }
  /** True: something came. */
  const waitFor = (ms: number, signal: AbortSignal): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (came: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', none);
        resolve(came);
      };
      const none = (): void => end(false);
      const timer = setTimeout(none, ms);
      signal.addEventListener('abort', none, { once: true });
      if (signal.aborted) none();
      stir = () => end(true);
    });
  const empty = (): boolean => tables.size === 0 && !refresh;

  return {
    hear(database, payload) {
      const named = readPayload(payload);
      if (!named) refresh = true;
      else put({ database, ...named });
      stir();
    },
    miss() {
      refresh = true;
      stir();
    },
    take() {
      const batch = { tables: [...tables.values()], refresh };
      tables = new Map();
      refresh = false;
      return batch;
    },
    restore(batch) {
      for (const told of batch.tables) put(told);
      refresh ||= batch.refresh;
    },
    async gathered({ waitMs, quietMs, atMostMs }, signal) {
      if (empty()) await waitFor(waitMs, signal);
      const deadline = Date.now() + atMostMs;
      while (!empty() && Date.now() < deadline && (await waitFor(quietMs, signal)));
    },
    wake: () => stir(),
  };
}

/** `{"schema", "table", "command"?}`; undefined: anything else. */
function readPayload(payload: string): Pick<Told, 'schema' | 'table' | 'isNew'> | undefined {
  let value: unknown;
  try {
    value = parseJson(payload);
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { schema, table, command } = value;
  if (typeof schema !== 'string' || typeof table !== 'string') return undefined;
  return { schema, table, isNew: typeof command === 'string' && /^(CREATE|SELECT INTO)/.test(command) };
}
