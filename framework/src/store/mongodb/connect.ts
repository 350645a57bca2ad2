import type { Db, MongoClient } from 'mongodb';
import { FrameworkError } from '../../contract';

export interface Connection {
  readonly client: MongoClient;
  readonly db: Db;
  /** What the driver throws, as ours; anything else as it is. */
  translate(thrown: unknown): unknown;
}

const DEFAULTS = {
  serverSelectionTimeoutMS: 30_000,
  /** A server that took a command and then hangs must not hold a page or a webhook for ever. */
  socketTimeoutMS: 60_000,
};

/** Connects and asks once. Throws FrameworkError STORE_UNREACHABLE, whose message and cause never hold the URL's password. */
export async function connect(url: string, database: string): Promise<Connection> {
  const { MongoClient, MongoError } = await import('mongodb');
  const unreachable = (thrown: unknown): FrameworkError => {
    const message = redact(thrown instanceof Error ? thrown.message : String(thrown), url);
    return new FrameworkError('STORE_UNREACHABLE', [message]);
  };
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(url, {
      appName: 'integration-framework',
      ...unlessGiven(url, DEFAULTS),
      writeConcern: { w: 'majority' },
      readPreference: 'primary',
      ignoreUndefined: true,
    });
    const db = client.db(database);
    await db.command({ ping: 1 });
    return { client, db, translate: (thrown) => (thrown instanceof MongoError ? unreachable(thrown) : thrown) };
  } catch (err) {
    await client?.close();
    throw unreachable(err);
  }
}

/** Options in the code would win over those in the URL, where an operator can set them. */
function unlessGiven<T extends object>(url: string, defaults: T): Partial<T> {
  const given = new URLSearchParams(url.split('?', 2)[1] ?? '');
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !given.has(name))) as Partial<T>;
}

/** The driver's messages about a URL quote it, password and all; its errors carry it as their options too, so none of them becomes a cause. */
export function redact(message: string, url: string): string {
  const secret = /^[^:]+:\/\/[^:@/]*:([^@/]*)@/.exec(url)?.[1];
  const shown = message.replace(/:\/\/[^\s"'/]*@/g, '://***@');
  return [secret, secret === undefined ? undefined : decodeLoosely(secret)].reduce<string>((text, value) => (value ? text.replaceAll(value, '***') : text), shown);
}

function decodeLoosely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (_err) {
    return text;
  }
}

/** The same operations, whose rejections are ours. */
export function translated<T extends object>(operations: T, translate: (thrown: unknown) => unknown): T {
  const entries = Object.entries(operations).map(([name, operation]) => {
    if (typeof operation !== 'function') return [name, operation] as const;
    const run = async (...args: unknown[]): Promise<unknown> => {
      try {
        return await (operation as (...given: unknown[]) => Promise<unknown>)(...args);
      } catch (err) {
        throw translate(err);
      }
    };
    return [name, run] as const;
  });
  return Object.fromEntries(entries) as T;
}
