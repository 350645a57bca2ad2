import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

export interface BodyLimits {
  readonly maxBytes: number;
  /** For the whole body. */
  readonly timeoutMs: number;
}

const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The bytes of the body. What says that it is too large is not read, what turns out to be is not read on; `too-slow`: not complete in time; `gone`: nobody waits for an answer
 * any more.
 */
export function readBody(request: IncomingMessage, { maxBytes, timeoutMs }: BodyLimits): Promise<Buffer | 'too-large' | 'too-slow' | 'gone'> {
  return new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return resolve('too-large');
    let first: Buffer = EMPTY;
    let more: Buffer[] | undefined;
    let bytes = 0;

    const end = (result: Buffer | 'too-large' | 'too-slow' | 'gone'): void => {
      clearTimeout(timer);
      request.off('data', take);
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) end('too-large');
      else if (bytes === chunk.length) first = chunk;
      else (more ??= [first]).push(chunk);
    };
    const timer = setTimeout(end, timeoutMs, 'too-slow');
    request.on('data', take);
    request.on('end', () => end(more ? Buffer.concat(more, bytes) : first));
    request.on('close', () => end('gone'));
  });
}

/** The text of UTF-8 bytes, without a byte order mark; undefined when they are no UTF-8. */
export function decodeUtf8(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString();
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
