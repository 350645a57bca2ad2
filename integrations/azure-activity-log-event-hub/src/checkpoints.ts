import { FrameworkError, type Log } from '@integration-framework/framework';
import { namespaceOf, type AzureSettings } from './settings';
import type { Token } from './token';

/** How far a partition was read. */
export interface Checkpoint {
  readonly offset: string;
  readonly sequenceNumber: number;
}

export interface Checkpoints {
  read(partition: string): Promise<Checkpoint | undefined>;
  write(partition: string, at: Checkpoint): Promise<void>;
}

const CALL_MS = 30_000;

/**
 * Checkpoints in blobs, named as the vendor's clients of all languages name them, so that whoever read before us is continued. `account`: address of the storage account.
 * By calls of our own: the last ones are made after the signal of the entry has aborted, and need another token.
 */
export function blobCheckpoints(settings: AzureSettings, token: Token, account = `https://${settings.checkpointStorageAccountName}.blob.core.windows.net`): Checkpoints {
  const place = [settings.checkpointStorageContainerName, namespaceOf(settings), settings.eventHubName.toLowerCase(), '$default', 'checkpoint'].map(encodeURIComponent).join('/');

  async function call(partition: string, request: { readonly method: 'GET' | 'PUT'; readonly headers?: Readonly<Record<string, string>> }): Promise<Response> {
    const send = async (renew: boolean): Promise<Response> => {
      const headers = { authorization: `Bearer ${(await token('storage', renew)).value}`, 'x-ms-version': '2023-11-03', 'x-ms-date': new Date().toUTCString(), ...request.headers };
      try {
        return await fetch(`${account}/${place}/${encodeURIComponent(partition)}`, { method: request.method, headers, signal: AbortSignal.timeout(CALL_MS), ...(request.method === 'PUT' && { body: '' }) });
      } catch (err) {
        const cause = err instanceof Error && err.cause instanceof Error ? err.cause : err;
        throw new FrameworkError('SOURCE_UNREACHABLE', [new URL(account).host, cause instanceof Error ? cause.message || cause.name : String(cause)]);
      }
    };
    const response = await send(false);
    await response.body?.cancel();
    if (response.status !== 401) return response;
    const again = await send(true);
    await again.body?.cancel();
    return again;
  }

  function failed({ status, headers }: Response): FrameworkError {
    const { host } = new URL(account);
    const reason = [status, headers.get('x-ms-error-code')].filter((part) => part !== null).join(' ');
    return status === 401 || status === 403 ? new FrameworkError('SOURCE_REFUSED', [host, reason], { status }) : new FrameworkError('SOURCE_FAILED', [host, reason], { status });
  }

  return {
    async read(partition) {
      const response = await call(partition, { method: 'GET' });
      if (response.status === 404 && response.headers.get('x-ms-error-code') !== 'ContainerNotFound') return undefined;
      if (!response.ok) throw failed(response);
      const [offset, sequence] = [response.headers.get('x-ms-meta-offset'), response.headers.get('x-ms-meta-sequencenumber')];
      return offset ? { offset, sequenceNumber: Number(sequence ?? Number.NaN) } : undefined;
    },
    async write(partition, { offset, sequenceNumber }) {
      const metadata = { 'x-ms-meta-offset': offset, 'x-ms-meta-sequencenumber': String(sequenceNumber) };
      const response = await call(partition, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob', ...metadata } });
      if (!response.ok) throw failed(response);
    },
  };
}

const EVERY_MS = 1_000;

export interface Progress {
  /** All events of the partition up to here are stored. */
  reached(partition: string, at: Checkpoint): void;
  /** Writes what is not written. */
  end(): Promise<void>;
}

/** Writes how far each partition was read, at most once a second. A write that fails is told and made again with the next. */
export function trackProgress(checkpoints: Checkpoints, log: Log): Progress {
  const pending = new Map<string, Checkpoint>();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function writeAll(): Promise<void> {
    for (const [partition, at] of [...pending]) {
      try {
        await checkpoints.write(partition, at);
        if (pending.get(partition) === at) pending.delete(partition);
      } catch (err) {
        log.warn('how far a partition was read could not be remembered; after a restart some events come again, and change nothing', { partition, error: err instanceof Error ? err.message : String(err) });
      }
    }
  }
  const write = (): Promise<void> => {
    timer = undefined;
    return (writing = writing.then(writeAll));
  };
  return {
    reached(partition, at) {
      pending.set(partition, at);
      timer ??= setTimeout(() => void write(), EVERY_MS);
    },
    async end() {
      clearTimeout(timer);
      await write();
    },
  };
}
