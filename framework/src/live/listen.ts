import { FrameworkError, isObject, type Context, type Integration, type ListenContext, type Log, type Message } from '../contract';
import { backoff, jsonOf, parseJson, type Clock } from '../shared';
import { pageByPage, type Store } from '../store';
import { isTooLarge, rawDelivery, type Intake, type IntakeEntry } from './intake';

const RETRY = { initialMs: 1_000, factor: 2, maxMs: 300_000 };
/** A source that listened this long is well: the next failure is a first one. */
const WELL_MS = 60_000;
const BUSY_MS = 1_000;
const PAGE = 500;

export interface ListenOptions {
  readonly integration: Integration;
  readonly entry: IntakeEntry;
  readonly context: Context<unknown>;
  readonly intake: Intake;
  readonly store: Pick<Store, 'rows'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Have the pipelines behind it too much to do? */
  busy(): boolean;
  /** Something was delivered, or the source failed: for `/-/check-up`. */
  health(state: { readonly error?: string }): void;
}

/** Lets the integration listen to its source until the signal of its context aborts; begins again with backoff when it throws or returns. */
export async function listenTo(options: ListenOptions): Promise<void> {
  const { context, clock, log } = options;
  const { signal } = context;
  for (let attempt = 1; !signal.aborted; attempt++) {
    const began = clock.now();
    const failure = await failureOf(options);
    if (signal.aborted) return;
    if (clock.now() - began >= WELL_MS) attempt = 1;
    const waitMs = Math.max(250, backoff(RETRY, attempt));
    options.health({ error: failure instanceof Error ? failure.message : String(failure) });
    log.error('listening to the source failed; it is begun again', { integration: options.entry.identifier, inMs: waitMs, err: failure });
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
}

/** Listens until it ends, which nobody asked it to. A source that has nothing to say is well all the same, after a while. */
async function failureOf(options: ListenOptions): Promise<unknown> {
  const ended = new AbortController();
  const well = options.clock.sleep(WELL_MS, AbortSignal.any([ended.signal, options.context.signal]));
  well.then(() => options.health({}), () => undefined);
  try {
    await options.integration.listen!(listenContext(options));
    return new FrameworkError('INTEGRATION_FAILED', ['it stopped listening']);
  } catch (err) {
    return err;
  } finally {
    ended.abort();
  }
}

function listenContext(options: ListenOptions): ListenContext<unknown> {
  const { entry, context, intake, store, clock } = options;
  const { signal } = context;

  async function take(origin: 'queue' | 'poll', message: Message): Promise<void> {
    const headers = message.headers ?? {};
    const body = jsonOf(message.text);
    const keep = async (code: string, text: string): Promise<void> => {
      // Nobody can take members out of what cannot be read.
      const payload = entry.drops ? {} : { payload: rawDelivery({ headers, at: clock.now(), origin }, { body: message.text, id: message.id }) };
      await entry.keep({ integration: entry.identifier, pipeline: '', stage: 'source', code, message: text, ...payload });
      entry.count('received', 1);
      entry.count('dead', 1);
    };
    if (!isObject(body)) return keep('UNREADABLE', 'the message is no JSON object');
    try {
      await intake.accept(entry, { headers, body, text: message.text, at: clock.now(), origin }, message.id);
    } catch (err) {
      // It would come again and again.
      if (!isTooLarge(err)) throw err;
      await keep('TOO_LARGE', 'the message is more than the store can hold');
    }
  }

  return {
    ...context,
    async deliver(origin, messages) {
      while (options.busy()) await clock.sleep(BUSY_MS, signal);
      signal.throwIfAborted();
      await Promise.all(messages.map((message) => take(origin, message)));
      options.health({});
    },
    async *stored<TRow>(kind: string) {
      for await (const rows of pageByPage(PAGE, (page) => store.rows.find({ integration: entry.identifier, kind, gone: false, ...page }))) {
        for (const row of rows) if (row.row !== undefined) yield parseJson(row.row) as TRow;
      }
    },
  };
}
