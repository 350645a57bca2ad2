import { bringOver } from './bring-over';
import { connect, type Connection } from './connect';
import type { Surroundings } from './database';
import { isOfOneDatabase } from './failure';
import { messages } from './messages';
import { createNews, type Batch } from './news';

// Without news `engage` returns after this, so that new databases are listened to; an event trigger tells a migration in many pieces.
const LIMITS = { waitMs: 30_000, quietMs: 200, atMostMs: 2_000 };

export interface Listening {
  /** Waits for one batch of news and brings it over. What was not handled is kept for the next call. */
  engage(databases: readonly string[], signal: AbortSignal): Promise<void>;
  /** Of a database: listening has not begun before it was read, so something may have been missed. */
  readonly wasRead: Set<string>;
  count(): { readonly listening: number; readonly heard: number };
}

export interface ListeningOptions {
  readonly surroundings: Surroundings;
  /** Of the connector: connections are kept from one `engage` to the next. */
  readonly signal: AbortSignal;
  /** A refresh reads now, what it reads may be older than the news. */
  isReading(): boolean;
}

export function createListening({ surroundings, signal: ending, isReading }: ListeningOptions): Listening {
  const { server, names, context, auditLog } = surroundings;
  const news = createNews();
  const connections = new Map<string, Connection>();
  const wasRead = new Set<string>();
  let heard = 0;

  async function begin(database: string): Promise<void> {
    const { channel } = server.settings;
    const connection = await connect(server, database, ending);
    try {
      await connection.listen(channel, (payload) => {
        heard++;
        news.hear(database, payload);
      });
    } catch (err) {
      await connection.close();
      throw err;
    }
    connections.set(database, connection);
    void connection.ended.then(() => {
      connections.delete(database);
      news.wake();
    });
    auditLog.log('engage', messages.listening, { channel, database, server: names.server });
    if (wasRead.has(database)) news.miss();
  }

  async function beginAll(databases: readonly string[]): Promise<void> {
    for (const [database, connection] of connections) if (!databases.includes(database)) await connection.close();
    for (const database of databases) {
      if (connections.has(database)) continue;
      try {
        await begin(database);
      } catch (err) {
        // Dropped since it was listed: the next list is without it.
        if (databases.length === 1 || !isOfOneDatabase(err)) throw err;
        surroundings.log.warn(`no news of ${database}: ${(err as Error).message}`);
      }
    }
  }

  async function handle({ tables, refresh }: Batch, signal: AbortSignal): Promise<void> {
    let needed = refresh;
    for (const database of new Set(tables.map((told) => told.database))) {
      const connection = connections.get(database);
      // Without the connection its news are not complete either; a refresh follows when it is back.
      if (!connection) continue;
      needed = (await bringOver(surroundings, connection, { tables: tables.filter((told) => told.database === database), signal })) || needed;
    }
    // What a refresh that is on has still to say may be older than what was just told.
    if (needed || (tables.length > 0 && isReading())) context.requestRefresh();
  }

  return {
    wasRead,
    count: () => ({ listening: connections.size, heard }),
    async engage(databases, signal) {
      await beginAll(databases);
      await news.gathered(LIMITS, signal);
      if (signal.aborted) return;
      const batch = news.take();
      try {
        await handle(batch, signal);
      } catch (err) {
        news.restore(batch);
        throw err;
      }
    },
  };
}
