import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { JsonObject } from '@integration-framework/framework';
import { readDocument } from './document/read-document';
import { fetchUrl, type Fetched, type FetchOptions, type Validators } from './fetch-url';
import { listFiles, readPattern } from './list-files';
import { shown, type Place } from './places';
import { Unread } from './unread';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** A document as it was when it was read last. */
export interface Document {
  /** The URL, or the path of the file: the first part of all identifiers. */
  readonly address: string;
  /** Absent: a file. */
  readonly url?: URL;
  /** Parses it; of the document that was asked for last, it is at hand. */
  read(): Promise<JsonObject>;
}
export interface Failure {
  /** Without a query. */
  readonly address: string;
  readonly reason: string;
}
export interface Documents {
  /** All documents, read anew where they changed, and which could not be read. */
  load(signal: AbortSignal): Promise<{ readonly documents: readonly Document[]; readonly failures: readonly Failure[] }>;
  /** Asks the URLs: is a document another one than the last time that it was read? Throws Unread, with the address, when one does not answer. */
  changed(signal: AbortSignal): Promise<boolean>;
  /** Documents by how the last `load` got them. */
  counts(): { readonly documents: number; readonly notModified: number };
}

interface Kept extends Validators {
  /** Of the bytes. */
  readonly hash: string;
  /** JSON, deflated: documents have some megabytes each, and shrink to a tenth. */
  readonly packed: Buffer;
}

// So many requests at once are no burden to a server of documents.
const AT_ONCE = 4;

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('base64');
const validatorsOf = ({ etag, lastModified }: Validators): Validators => ({ ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) });

export function keepDocuments(places: readonly Place[], options: Omit<FetchOptions, 'signal'>): Documents {
  let kept = new Map<string, Kept>();
  let notModified = 0;
  let parsed: { readonly kept: Kept; readonly document: JsonObject } | undefined;

  async function keep(fetched: Fetched, before: Kept | undefined, signal: AbortSignal): Promise<Kept> {
    const hash = hashOf(fetched.bytes);
    if (before?.hash === hash) return { ...validatorsOf(fetched), hash, packed: before.packed };
    const json = await readDocument(fetched.bytes, { maxBytes: options.maxBytes, timeoutMs: options.timeoutMs, signal });
    return { ...validatorsOf(fetched), hash, packed: Buffer.from(await deflate(json, { level: 1 })) }; // a copy: what zlib gives holds its whole chunk
  }

  async function fetchKept(url: URL, signal: AbortSignal): Promise<Kept> {
    const before = kept.get(url.href);
    const fetched = await fetchUrl(url, before ?? {}, { ...options, signal });
    if (fetched !== undefined) return keep(fetched, before, signal);
    notModified++;
    return before!; // only what is kept can be unchanged
  }

  async function read(of: Kept): Promise<JsonObject> {
    if (parsed?.kept !== of) parsed = { kept: of, document: JSON.parse((await inflate(of.packed)).toString('utf8')) as JsonObject };
    return parsed.document;
  }

  return {
    async load(signal) {
      const next = new Map<string, Kept>();
      const documents = new Map<string, Document>();
      const failures: Failure[] = [];
      notModified = 0;
      const attempt = async (name: string, work: () => Promise<void>): Promise<void> => {
        try {
          await work();
        } catch (err) {
          signal.throwIfAborted();
          if (!(err instanceof Unread) && typeof (err as NodeJS.ErrnoException).code !== 'string') throw err;
          failures.push({ address: name, reason: err instanceof Unread ? err.message : `it cannot be read (${(err as NodeJS.ErrnoException).code})` });
        }
      };
      const add = (address: string, now: Kept, url?: URL): void => {
        next.set(address, now);
        documents.set(address, { address, ...(url && { url }), read: () => read(now) });
      };
      const urls = places.flatMap((place) => (place.kind === 'url' ? [place.url] : []));
      for (let at = 0; at < urls.length; at += AT_ONCE) {
        await Promise.all(urls.slice(at, at + AT_ONCE).map((url) => attempt(shown(url), async () => add(url.href, await fetchKept(url, signal), url))));
      }
      for (const place of places) {
        if (place.kind === 'files') {
          await attempt(place.pattern, async () => {
            for await (const file of listFiles(readPattern(place))) {
              await attempt(file, async () => add(file, await keep({ bytes: await readFile(file, options.maxBytes) }, kept.get(file), signal)));
            }
          });
        }
      }
      // What could not be read now is compared again as it was, when it can be.
      kept = new Map([...kept, ...next]);
      for (const address of kept.keys()) if (!next.has(address) && failures.length === 0) kept.delete(address);
      return { documents: [...documents.values()].sort((one, other) => (one.address < other.address ? -1 : 1)), failures };
    },
    async changed(signal) {
      for (const place of places) {
        if (place.kind !== 'url') continue;
        const before = kept.get(place.url.href);
        try {
          const fetched = await fetchUrl(place.url, before ?? {}, { ...options, signal });
          if (fetched !== undefined && hashOf(fetched.bytes) !== before?.hash) return true;
        } catch (err) {
          if (err instanceof Unread) throw new Unread(`${shown(place.url)}: ${err.message}`, err.status);
          throw err;
        }
      }
      return false;
    },
    counts: () => ({ documents: kept.size, notModified }),
  };
}

/** A file that is written meanwhile is not whole. */
async function readFile(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const before = await handle.stat();
    if (!before.isFile()) throw new Unread('it is no file');
    if (before.size > maxBytes) throw new Unread(`it has more than ${maxBytes} bytes; raise maxBytes`);
    const bytes = await handle.readFile();
    const after = await handle.stat();
    if (after.mtimeMs !== before.mtimeMs || bytes.length !== after.size) throw new Unread('it was written while it was read');
    return bytes;
  } finally {
    await handle.close();
  }
}
