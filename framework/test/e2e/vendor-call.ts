import { createHmac } from 'node:crypto';
import { request, type OutgoingHttpHeaders } from 'node:http';

export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface VendorCall {
  readonly method?: string;
  /** A list is sent as one line for each value. */
  readonly headers?: OutgoingHttpHeaders;
  /** Text, or chunks without a declared length; stops when the answer is there. */
  readonly body?: string | Iterable<Buffer>;
}

/** `sha256=<hex>`, as vendors sign. */
export const signatureOf = (secret: string, body: string | Buffer): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** One call as a vendor's own client would make it: nothing is added to its headers, and an answer that comes before the body was read counts. */
export function callAsVendor(url: string, { method = 'POST', headers = {}, body = '' }: VendorCall): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const declared = typeof body === 'string' && headers['content-length'] === undefined ? { 'content-length': Buffer.byteLength(body) } : {};
    const call = request(url, { method, headers: { ...declared, ...headers }, agent: false });
    let answered = false;
    call.on('error', (err) => !answered && reject(err));
    call.on('response', (response) => {
      answered = true;
      let text = '';
      response.on('data', (data: Buffer) => (text += String(data)));
      response.on('error', reject);
      response.on('end', () => {
        call.destroy();
        resolve({ status: response.statusCode!, headers: response.headers, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) });
      });
    });
    if (typeof body === 'string') {
      call.flushHeaders();
      if (headers['content-length'] === undefined) call.end(body);
      return;
    }
    const chunks = body[Symbol.iterator]();
    const more = (): void => {
      for (;;) {
        if (answered) return;
        const { value, done } = chunks.next();
        if (done) return void call.end();
        if (!call.write(value)) return void call.once('drain', more);
      }
    };
    more();
  });
}
