import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { Unread } from '../unread';
import { faultOf } from './version';

export interface ReadOptions {
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The JSON text of a document, of JSON or YAML. Throws Unread when it is neither, or no OpenAPI. */
export async function readDocument(bytes: Buffer, options: ReadOptions): Promise<string> {
  const text = decode(bytes);
  const json = await toJson(text, options);
  const fault = faultOf(JSON.parse(json));
  if (fault !== undefined) throw new Unread(fault);
  return json;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Unread('it is not UTF-8 text');
  }
}

async function toJson(text: string, options: ReadOptions): Promise<string> {
  if (text.trimStart().startsWith('{')) {
    try {
      JSON.parse(text);
      return text;
    } catch (err) {
      // What begins so may be YAML as well; the fault of JSON says more when it is neither.
      const read = await parseYaml(text, options);
      if (read.json === undefined) throw new Unread(`it is no JSON${/ at position \d+/.exec((err as Error).message)?.[0] ?? ''}; it may be cut off`);
      return read.json;
    }
  }
  const { json, fault } = await parseYaml(text, options);
  if (fault !== undefined) throw new Unread(`it is no YAML: ${fault}`);
  if (json === undefined) throw new Unread('it is empty');
  return json;
}

interface YamlAnswer {
  readonly json?: string;
  readonly fault?: string;
}

async function parseYaml(text: string, { maxBytes, timeoutMs, signal }: ReadOptions): Promise<YamlAnswer> {
  signal.throwIfAborted();
  const worker = new Worker(path.join(__dirname, 'read-yaml.js'), { workerData: text });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const answer = await new Promise<YamlAnswer>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', (err) => reject(new Unread(`its YAML could not be read (${(err as Error).message})`)));
      limit.addEventListener('abort', () => reject(new Unread(`its YAML was not read within ${timeoutMs} ms; raise timeout, or give JSON`)), { once: true });
    });
    if (answer.json !== undefined && Buffer.byteLength(answer.json) > 4 * maxBytes) throw new Unread('its aliases make it too large');
    return answer;
  } catch (err) {
    signal.throwIfAborted();
    throw err;
  } finally {
    await worker.terminate();
  }
}
