import { ConfigError, FrameworkError, type ConnectorDeps, type IntegrationConnector } from '@integration-framework/framework';
import { readAddress } from './address';
import type { Connection, Server } from './connect';
import type { Surroundings } from './database';
import { createListening, type Listening } from './listen';
import { messages } from './messages';
import { namesOf } from './names';
import { compareAll } from './refresh';
import { readServer, type ServerFacts } from './server';
import type { PostgresSettings } from './settings';

/** Reads the catalogs of one server, or of one database. Holds a connection only while it reads, and one for each database while it listens. */
export function createConnector(deps: ConnectorDeps<PostgresSettings, 'database'>): IntegrationConnector<'database'> {
  const ending = new AbortController();
  const open = new Set<Connection>();
  let working: { readonly surroundings: Surroundings; readonly listening: Listening } | undefined;
  let facts: ServerFacts | undefined;
  let reading = 0;

  function prepare(): NonNullable<typeof working> {
    const server: Server = { address: readAddress(deps.connection.endpoint), settings: deps.settings, open };
    const surroundings: Surroundings = { server, names: namesOf(server.address), context: deps.context, auditLog: deps.auditLog, log: deps.log };
    return { surroundings, listening: createListening({ surroundings, signal: ending.signal, isReading: () => reading > 0 }) };
  }
  const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([ending.signal, signal]);

  return {
    async start(signal) {
      working ??= prepare();
      const { server, names } = working.surroundings;
      try {
        facts = await readServer(server, until(signal));
      } catch (err) {
        // What only a changed configuration mends, unlike a server that is away.
        if (err instanceof FrameworkError && !(err instanceof ConfigError) && err.recovery === 'stop') throw new ConfigError(err.message, { cause: err });
        throw err;
      }
      const { user, includeSchemas = [], excludeSchemas = [], sslmode } = server.settings;
      const schemas = [...includeSchemas, ...excludeSchemas.map((name) => `not ${name}`)].join(', ') || 'all';
      deps.auditLog.log('start', messages.started, { version: facts.version, server: names.server, user, databases: facts.databases.length, sslmode: server.address.sslmode ?? sslmode, schemas });
    },

    async refresh(run) {
      const { surroundings, listening } = (working ??= prepare());
      const signal = until(run.signal);
      reading++;
      try {
        facts = await readServer(surroundings.server, signal);
        await compareAll(surroundings, { facts, run, signal, taken: (database) => void listening.wasRead.add(database) });
      } finally {
        reading--;
      }
    },

    async engage(signal) {
      const { surroundings, listening } = (working ??= prepare());
      facts ??= await readServer(surroundings.server, until(signal));
      await listening.engage(facts.databases, until(signal));
    },

    async disconnect() {
      ending.abort(new DOMException('the connector is disconnected', 'AbortError'));
      await Promise.all([...open].map(({ ended }) => ended));
      if (working) deps.auditLog.log('disconnect', messages.stopped, { server: working.surroundings.names.server });
    },

    statistics() {
      const { listening = 0, heard = 0 } = working?.listening.count() ?? {};
      return { databases: facts?.databases.length ?? 0, connections: open.size, listening, notifications: heard };
    },
  };
}
