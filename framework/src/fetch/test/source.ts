import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { FrameworkError } from '../../contract';
import { fakeClock, recordedLog, type FakeClock, type RecordedLog } from '../../testkit';
import type { HttpOptions } from '../index';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
};

const open: Server[] = [];
export async function serve(handler: Handler): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response);
  });
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
/** Ends every source of the test. */
export function closeSources(): void {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

export interface Fixture {
  readonly clock: FakeClock;
  readonly log: RecordedLog;
  readonly statuses: (number | 'network')[];
  readonly waited: number[];
  readonly options: HttpOptions;
}
export function fixture(given: Partial<HttpOptions> = {}): Fixture {
  const clock = fakeClock();
  const log = recordedLog();
  const statuses: (number | 'network')[] = [];
  const waited: number[] = [];
  const options: HttpOptions = {
    timeoutMs: 5_000,
    concurrency: 10,
    retries: 5,
    clock,
    log,
    signal: new AbortController().signal,
    secrets: [],
    onRequest: (status) => statuses.push(status),
    onWait: (ms) => waited.push(ms),
    ...given,
  };
  return { clock, log, statuses, waited, options };
}

export const failing = async (work: Promise<unknown>): Promise<FrameworkError> => {
  const err = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(err instanceof FrameworkError)) throw new Error(`expected a FrameworkError, got ${inspect(err)}`);
  return err;
};
