import { setMaxListeners } from 'node:events';
import type { Log } from '../../../contract';
import { backoff, deferred, isObject, type Clock, type Deferred, type JsonObject } from '../../../shared';
import type { PipelineEvent, Processed, Processor } from '../types';
import { eventParams, type Answer, type Call, type PluginLine } from './protocol';

const TRIES = 3;
/** Timeouts in a row after which the plugin is taken to hang. */
const TIMEOUTS = 3;
const RESTART = { initialMs: 500, factor: 2, maxMs: 30_000 };
/** An idle plugin is asked whether it is there: a hung one, or one behind a URL, would show only with the next event. */
const PING_MS = 30_000;
/** A reason of a discard is a label of a counter, so only a word can be one. */
const REASON = /^[\w.:-]{1,40}$/;

export interface SuperviseOptions {
  /** Starts the plugin, or begins to talk to it. */
  connect(): PluginLine;
  /** Parameters of `init`. */
  readonly init: JsonObject;
  readonly timeoutMs: number;
  readonly initTimeoutMs: number;
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
  /** A text of the plugin, fit to be shown. */
  clean(text: string): string;
}

/** An event until its end is known. */
interface Job {
  readonly event: PipelineEvent;
  readonly done: Deferred<Processed>;
  tries: number;
  /** In flight when the plugin broke: sent alone from then on, so that another event pays for no crash but its own. */
  suspect: boolean;
}
type Outcome = Answer | { readonly is: 'timeout' };

/** Wait before attempt `n`, without jitter: one child of one process meets nobody. */
const waitMs = (n: number): number => backoff(RESTART, n, () => 1);

function verdict(result: JsonObject, event: PipelineEvent): Processed {
  if (result['discard'] === true) {
    const { reason } = result;
    return { is: 'discard', reason: typeof reason === 'string' && REASON.test(reason) ? reason : 'plugin' };
  }
  const changed = result['event'];
  if (!isObject(changed) || changed['data'] === undefined) return { is: 'dead', code: 'PLUGIN_FAILED', message: 'the answer has neither event.data nor discard' };
  const { data, eventType } = changed as { readonly data: PipelineEvent['data']; readonly eventType?: unknown };
  return { is: 'event', event: { ...event, data, eventType: typeof eventType === 'string' ? eventType : event.eventType } };
}

const stopped = (): Error => new DOMException('the plugin is closed', 'AbortError');

/** Keeps one plugin running and hands it events: time limits, tries, restarts, and its end. */
export function supervise(options: SuperviseOptions): Required<Pick<Processor, 'process' | 'start' | 'trouble' | 'close'>> {
  const { clock, log } = options;
  const closed = new AbortController();
  // Any number of events may wait for their next try.
  setMaxListeners(0, closed.signal);
  const jobs = new Set<Job>();
  const waiting: Job[] = [];
  const suspects: Job[] = [];
  const flying = new Set<Job>();
  /** It answered `init`. */
  let ready: PluginLine | undefined;
  let starting: PluginLine | undefined;
  let connecting = false;
  let ending: Promise<void> = Promise.resolve();
  let limit = 1;
  let failures = 0;
  let timeouts = 0;
  let trouble: string | undefined;

  const ask = async (line: PluginLine, call: Omit<Call, 'signal'>, ms: number): Promise<Outcome> => {
    const over = new AbortController();
    const late = clock.sleep(ms, over.signal).then((): Outcome => ({ is: 'timeout' }));
    try {
      return await Promise.race([line.call({ ...call, signal: over.signal }), late]);
    } finally {
      over.abort();
    }
  };

  const lose = (line: PluginLine, cause: string): void => {
    if (ready !== line || closed.signal.aborted) return;
    ready = undefined;
    timeouts = 0;
    failures++;
    trouble = cause;
    log.warn('the plugin is restarted', { cause, waitMs: waitMs(failures) });
    ending = line.end('terminate');
  };

  /** Why an outcome is no result. */
  const causeOf = (outcome: Outcome, ms: number): string =>
    outcome.is === 'error' ? options.clean(`${outcome.code} ${outcome.message}`) : 'cause' in outcome ? outcome.cause : `no answer within ${ms} ms`;

  const startFailed = (cause: string): false => {
    failures++;
    trouble = `it does not start: ${cause}`;
    if (!closed.signal.aborted) log.warn('the plugin does not start', { cause, waitMs: waitMs(failures) });
    return false;
  };

  const connect = async (): Promise<boolean> => {
    let line: PluginLine;
    try {
      line = starting = options.connect();
    } catch (err) {
      return startFailed((err as NodeJS.ErrnoException).code ?? 'unknown');
    }
    const answer = await ask(line, { method: 'init', params: options.init }, options.initTimeoutMs);
    starting = undefined;
    if (answer.is === 'result' && !closed.signal.aborted) {
      const { name, version, concurrency } = answer.result;
      limit = typeof concurrency === 'number' ? Math.max(1, Math.min(options.concurrency, concurrency)) : options.concurrency;
      ready = line;
      trouble = undefined;
      log.info('the plugin is ready', { name, version, concurrency: limit });
      void line.gone.then((cause) => {
        lose(line, cause);
        pump();
      });
      void watch(line);
      return true;
    }
    await line.end('terminate');
    return startFailed(causeOf(answer, options.initTimeoutMs));
  };

  const keepConnected = async (): Promise<void> => {
    if (connecting) return;
    connecting = true;
    try {
      do {
        await ending;
        if (failures > 0) await clock.sleep(waitMs(failures), closed.signal);
      } while (!closed.signal.aborted && !(await connect()));
    } catch (err) {
      // Closed in the middle of a wait; nothing else throws here on purpose.
      if (!closed.signal.aborted) throw err;
    } finally {
      connecting = false;
    }
    pump();
  };

  /** While a suspect waits or flies, nothing else does. */
  const pump = (): void => {
    if (closed.signal.aborted) return;
    if (!ready) return void keepConnected();
    const alone = [...flying].some((job) => job.suspect);
    if (suspects.length > 0 && flying.size === 0) fly(suspects.shift()!, ready);
    else if (suspects.length === 0 && !alone) while (flying.size < limit && waiting.length > 0) fly(waiting.shift()!, ready);
  };

  const fly = (job: Job, line: PluginLine): void => {
    flying.add(job);
    void ask(line, { method: 'process', params: eventParams(job.event) }, options.timeoutMs).then((outcome) => {
      flying.delete(job);
      land(job, line, outcome);
      pump();
    });
  };

  const settle = (job: Job, processed: Processed): void => {
    jobs.delete(job);
    job.done.resolve(processed);
  };
  const again = (job: Job): void => void (job.suspect ? suspects : waiting).unshift(job);
  const afterWait = (job: Job, ms: number): void => {
    void clock.sleep(ms, closed.signal).then(
      () => {
        again(job);
        pump();
      },
      () => undefined,
    );
  };
  const timedOut = (line: PluginLine): void => {
    trouble = `no answer within ${options.timeoutMs} ms`;
    if (++timeouts >= TIMEOUTS) lose(line, `no answer within ${options.timeoutMs} ms, ${TIMEOUTS} times in a row`);
  };

  const land = (job: Job, line: PluginLine, outcome: Outcome): void => {
    if (outcome.is === 'away') {
      lose(line, outcome.cause);
      return again(job);
    }
    if (outcome.is === 'result') {
      timeouts = failures = 0;
      trouble = undefined;
      return settle(job, verdict(outcome.result, job.event));
    }
    const last = ++job.tries >= TRIES;
    switch (outcome.is) {
      case 'error': {
        timeouts = failures = 0;
        trouble = causeOf(outcome, options.timeoutMs);
        if (last || !outcome.retryable) return settle(job, { is: 'dead', code: 'PLUGIN_FAILED', message: trouble });
        return afterWait(job, outcome.afterMs ?? waitMs(job.tries));
      }
      case 'timeout':
        timedOut(line);
        return last ? settle(job, { is: 'dead', code: 'PLUGIN_TIMEOUT', message: `no answer within ${options.timeoutMs} ms, ${TRIES} times` }) : again(job);
      case 'broken':
        lose(line, outcome.cause);
        job.suspect = true;
        return last ? settle(job, { is: 'dead', code: 'PLUGIN_CRASHED', message: `${outcome.cause}; ${TRIES} times` }) : void suspects.push(job);
    }
  };

  const watch = async (line: PluginLine): Promise<void> => {
    while (ready === line && !closed.signal.aborted) {
      await clock.sleep(PING_MS, closed.signal).catch(() => undefined);
      if (ready !== line || flying.size > 0 || closed.signal.aborted) continue;
      const outcome = await ask(line, { method: 'ping' }, options.timeoutMs);
      if (outcome.is === 'timeout') timedOut(line);
      else if ('cause' in outcome) lose(line, outcome.cause);
      else timeouts = 0;
      pump();
    }
  };

  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    closed.abort(stopped());
    for (const job of jobs) job.done.reject(stopped());
    jobs.clear();
    await Promise.all([ending, ready?.end('shutdown'), starting?.end('shutdown')]);
  };

  return {
    start: pump,
    trouble: () => trouble,
    process(event) {
      if (closed.signal.aborted) return Promise.reject(stopped());
      const job: Job = { event, done: deferred(), tries: 0, suspect: false };
      jobs.add(job);
      waiting.push(job);
      pump();
      return job.done.promise;
    },
    close: () => (closing ??= close()),
  };
}
