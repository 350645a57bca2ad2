import { Worker } from 'node:worker_threads';

/** One call of jq: the program reads JSON documents, one a line. */
export interface Call {
  readonly program: string;
  readonly input: string;
}
/** What jq wrote: a line for each document it came to. */
export type Answer = { readonly output: string; readonly exitCode: number } | { readonly crashed: string };

export interface JqWorker {
  /** Undefined when the time is over; the worker is gone then. One call at a time. */
  call(call: Call, timeoutMs: number): Promise<Answer | undefined>;
  end(): Promise<void>;
}

// The worker is text, so that it needs no file of its own beside built or transformed code. A call that breaks the WebAssembly instance ends the worker.
const SOURCE = `
  const { parentPort, workerData } = require('node:worker_threads');
  require(workerData.jq).loadJq().then((jq) => {
    parentPort.on('message', ({ program, input }) => {
      let answer;
      try {
        const { stdout, exitCode } = jq.raw(input, program, ['-c']);
        answer = { output: stdout, exitCode };
      } catch (err) {
        answer = { crashed: String(err && err.message) };
      }
      parentPort.postMessage(answer);
      if (answer.crashed !== undefined) process.exit();
    });
    parentPort.postMessage('ready');
  });
`;

/** Starts a worker with its own jq; resolves when jq is loaded. It keeps the process alive only while it works. */
export async function startWorker(): Promise<JqWorker> {
  const worker = new Worker(SOURCE, { eval: true, workerData: { jq: require.resolve('jq-wasm') }, env: {}, execArgv: [], stdout: true, stderr: true });
  await reply(worker);
  worker.unref();
  return {
    async call(call, timeoutMs) {
      worker.ref();
      const answer = reply(worker, timeoutMs);
      worker.postMessage(call);
      const received = await answer;
      if (received === undefined) await worker.terminate();
      worker.unref();
      return received as Answer | undefined;
    },
    async end() {
      await worker.terminate();
    },
  };
}

/** The next message of a worker; undefined when the time is over. */
function reply(worker: Worker, timeoutMs?: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    const onMessage = (message: unknown): void => settle(() => resolve(message));
    const onError = (err: unknown): void => settle(() => reject(err instanceof Error ? err : new Error(String(err))));
    const onExit = (code: number): void => settle(() => resolve({ crashed: `the worker ended with ${code}` }));
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => settle(() => resolve(undefined)), timeoutMs);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
