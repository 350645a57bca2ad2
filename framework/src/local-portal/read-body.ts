import type { IncomingMessage } from 'node:http';
import { parseJson } from '../shared';
import { Refusal } from './envelope';

/** Port's limit on a request body, in bytes as sent. */
export const MAX_BODY_BYTES = 1_048_576;

// Past the limit the rest is read and dropped, so that a client which is still writing gets the 413 and not a reset connection; to this end.
const MAX_DRAINED_BYTES = 64 * MAX_BODY_BYTES;

/** The parsed JSON body, undefined when it is empty. Rejects with a Refusal: 413, 400; with undefined when the client went away. */
export function readBody(request: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
      if (bytes > MAX_DRAINED_BYTES) request.destroy();
    });
    request.on('error', () => reject(clientGone));
    request.on('close', () => reject(clientGone));
    request.on('end', () => {
      if (bytes > MAX_BODY_BYTES) return reject(new Refusal(413, 'payload_too_large', { message: `the body has ${bytes} bytes, the limit is ${MAX_BODY_BYTES}`, details: { bytes, limit: MAX_BODY_BYTES } }));
      try {
        resolve(bytes === 0 ? undefined : parseJson((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8')));
      } catch {
        reject(new Refusal(400, 'invalid_json', { message: 'the body is not JSON' }));
      }
    });
  });
}

/** Nobody waits for an answer any more. */
export const clientGone = new Error('the client went away');
