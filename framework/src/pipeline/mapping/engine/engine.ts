import { toJson, type Json } from '../../../shared';
import { wrapProgram } from './program';
import { startWorker, type Answer, type JqWorker } from './worker';

/** What a program gave for one input: its first output (undefined = none), or why there is none. */
export type Outcome = { readonly value: Json | undefined } | { readonly error: string };

export interface EngineLimits {
  readonly bytes: number;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
}
interface Job {
  readonly program: string;
  readonly limits: EngineLimits;
}

const BATCH = 100;
const BATCH_BYTES = 4 * 2 ** 20;
/** An expression that never ends would cost its time for every row: after so many in a row it rests. */
const STRIKES = 3;
const REST_MS = 60_000;

let worker: Promise<JqWorker> | undefined;
let queue: Promise<unknown> = Promise.resolve();
const strikes = new Map<string, { count: number; until: number }>();

/** Runs an expression in jq over inputs, in order. Never rejects for what a program does; an endless one costs its own input only. */
export async function runInJq(expression: string, inputs: readonly Json[], limits: EngineLimits): Promise<readonly Outcome[]> {
  const job = { program: wrapProgram(expression, limits.env), limits };
  const texts = inputs.map(inputText);
  const outcomes: Outcome[] = [];
  while (outcomes.length < texts.length) {
    const batch = takeBatch(texts, outcomes.length);
    outcomes.push(...(await inTurn(() => runBatch(job, batch))));
  }
  return outcomes;
}

/** Ends the worker; the next evaluation starts a new one. */
export async function endJq(): Promise<void> {
  await inTurn(async () => {
    const running = worker;
    worker = undefined;
    await (await running)?.end();
  });
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = queue.then(work);
  queue = turn.catch(() => undefined);
  return turn;
}

/** JSON text as jq reads it: every number a double, no half of a surrogate pair. */
function inputText(value: Json): string {
  const text = stringify(value);
  return text.includes('\\ud') ? text.replace(/(\\\\)|\\ud[89a-f][0-9a-f]{2}/g, (_half, escaped?: string) => escaped ?? '\ufffd') : text;
}

function stringify(value: Json): string {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(JSON.parse(toJson(value)));
  }
}

function takeBatch(texts: readonly string[], from: number): readonly string[] {
  let bytes = 0;
  let to = from;
  while (to < texts.length && to - from < BATCH && (to === from || bytes + texts[to]!.length <= BATCH_BYTES)) bytes += texts[to++]!.length;
  return texts.slice(from, to);
}

async function runBatch(job: Job, inputs: readonly string[]): Promise<readonly Outcome[]> {
  if (isResting(job.program)) return inputs.map(() => exhausted('it did not end several times in a row and rests'));
  const answer = await call(job, inputs);
  const outcomes = answer === undefined || 'crashed' in answer ? undefined : readLines(answer, job.limits.bytes);
  if (outcomes !== undefined && outcomes.length >= inputs.length) return strikes.delete(job.program), outcomes;
  if (outcomes !== undefined) {
    // The program called halt: no output for the input that did, and the others go on.
    const rest = inputs.slice(outcomes.length + 1);
    return [...outcomes, { value: undefined }, ...(rest.length > 0 ? await runBatch(job, rest) : [])];
  }
  if (inputs.length > 1) return runAlone(job, inputs);
  if (answer !== undefined) return [exhausted('jq broke down on this value, or had no memory left')];
  strike(job.program);
  return [exhausted(`more than ${job.limits.timeoutMs} ms`)];
}

async function runAlone(job: Job, inputs: readonly string[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const input of inputs) outcomes.push(...(await runBatch(job, [input])));
  return outcomes;
}

async function call(job: Job, inputs: readonly string[]): Promise<Answer | undefined> {
  worker ??= startWorker();
  try {
    const answer = await (await worker).call({ program: job.program, input: inputs.join('\n') }, job.limits.timeoutMs);
    if (answer === undefined || 'crashed' in answer) worker = undefined;
    return answer;
  } catch (err) {
    worker = undefined;
    return { crashed: err instanceof Error ? err.message : String(err) };
  }
}

const exhausted = (why: string): Outcome => ({ error: `budget: ${why}` });

function isResting(program: string): boolean {
  const record = strikes.get(program);
  return record !== undefined && record.count >= STRIKES && Date.now() < record.until;
}

function strike(program: string): void {
  const count = (strikes.get(program)?.count ?? 0) + 1;
  strikes.set(program, { count, until: Date.now() + REST_MS });
}

function readLines(answer: { readonly output: string }, bytes: number): readonly Outcome[] {
  if (answer.output === '') return [];
  return answer.output.split('\n').map((line) => {
    if (line.length > bytes) return { error: `budget: a value of more than ${bytes} bytes` };
    const outcome = JSON.parse(line, finite) as { readonly error: string } | readonly Json[];
    return 'error' in outcome ? { error: withoutValues(outcome.error) } : { value: outcome[0] };
  });
}

/** jq's messages quote the values they complain of; messages reach logs, and values do not belong there. */
const withoutValues = (message: string): string =>
  message
    .replace(/\b(null|boolean|number|string|array|object) \((?:"(?:[^"\\]|\\.)*"?|[^()"])*(?:\.\.\.)?\)/g, '$1')
    .replace(/^date ".*" does not match/s, 'the date does not match')
    .replace(/ \(while parsing '.*'\)$/s, '')
    .slice(0, 200);

/** jq writes a number beyond the doubles with all its digits; it stands for the largest one. */
const finite = (_key: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? Math.sign(value) * Number.MAX_VALUE : value;
