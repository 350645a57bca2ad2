import { readFile } from 'node:fs/promises';
import { ConfigError, type ConnectorDeps, type IntegrationConnector } from '@integration-framework/framework';
import { parseAddress } from './address';
import { Known } from './known';
import { lookAgain } from './look-again';
import { refresh } from './refresh';
import { openSession, type Server, type Session } from './session';
import type { LdapSettings } from './settings';
import { startWatch } from './start-watch';
import type { Watch } from './watch';

/** Reads one directory. Between comparisons it keeps no connection but the one by which it hears of changes. */
export function createConnector(deps: ConnectorDeps<LdapSettings, 'organization'>): IntegrationConnector<'organization'> {
  const { settings, log } = deps;
  /** Aborts whatever is open, or about to be. */
  const ending = new AbortController();
  const open = new Set<Session>();
  const opening = new Set<Promise<unknown>>();
  /** Hosts of other servers that parts of the directory lie on: each is told once. */
  const elsewhere = new Set<string>();
  const counts = { comparisons: 0, changes: 0 };
  let server: Server | undefined;
  let watch: Watch | undefined;
  let known = new Known();
  const learned = new AbortController();

  function onReferences(urls: readonly string[]): void {
    const hosts = urls.map((url) => (URL.canParse(url) ? new URL(url).host : 'unknown')).filter((host) => !elsewhere.has(host));
    for (const host of hosts) elsewhere.add(host);
    if (hosts.length > 0) log.info('parts of the directory lie on other servers and are not read; give each server an entry of its own', { servers: hosts });
  }

  async function session(signals: readonly AbortSignal[], atStart = false): Promise<Session> {
    const promised = openSession(server!, { signal: AbortSignal.any([ending.signal, ...signals]), atStart, onReferences });
    const settled: Promise<unknown> = promised.then(() => opening.delete(settled), () => opening.delete(settled));
    opening.add(settled);
    const opened = await promised;
    const kept: Session = {
      ...opened,
      async close() {
        await opened.close();
        open.delete(kept);
      },
    };
    open.add(kept);
    return kept;
  }

  return {
    async start(signal) {
      server = await readServer(deps);
      const { address } = server;
      const first = await session([signal], true);
      try {
        if (!(await first.one({ base: settings.base, filter: '(objectClass=*)', attributes: ['1.1'] }))) {
          throw new ConfigError(`${address.server} shows no entry of the name in base; check base, and that ${settings.bindDn === undefined ? 'an anonymous reader' : 'bindDn'} may read it`);
        }
        const begun = await startWatch(first, { settings, open: (until) => session(until ? [until] : []) });
        watch = begun.watch;
        const isPlain = !address.tls && !settings.startTls;
        if (isPlain && settings.bindDn !== undefined) log.warn('the password travels unencrypted; write ldaps:// in the address, or set startTls', { server: address.server });
        log.info('reads a directory', { server: address.server, encrypted: !isPlain, signedIn: settings.bindDn !== undefined, hearsOfChangesBy: begun.by });
      } finally {
        await first.close();
      }
    },

    async refresh(run) {
      const reading = await session([run.signal]);
      try {
        await refresh(run, {
          session: reading,
          server: server!.address.server,
          settings,
          onKnown(now) {
            known = now;
            learned.abort();
          },
        });
        counts.comparisons++;
      } finally {
        await reading.close();
      }
    },

    async engage(signal) {
      const news = await watch!.next(AbortSignal.any([ending.signal, signal]));
      // Names inside changed entries mean nothing before all names are known.
      await aborted(learned.signal, [ending.signal, signal]);
      const making = { server: server!.address.server, settings, known };
      const isUnitMoved = await lookAgain(news.changes, { session: news.session, making, organization: deps.context.organization, log });
      if (news.missed || isUnitMoved) deps.context.requestRefresh();
      news.handled();
      counts.changes += news.changes.length;
    },

    async disconnect() {
      ending.abort();
      await watch?.close();
      await Promise.all([...opening, ...[...open].map((one) => one.close())]);
    },

    statistics: () => ({ entries: known.size, ...counts, ...(elsewhere.size > 0 && { otherServers: elsewhere.size }) }),
  };
}

/** What endpoint and settings say. Reads the file of the authority. */
async function readServer({ connection, settings }: ConnectorDeps<LdapSettings, 'organization'>): Promise<Server> {
  const given = connection.endpoint?.address;
  const address = given === undefined ? 'there is no endpoint; set connection.endpoint.address to ldap://<host>:389 or ldaps://<host>:636' : parseAddress(given);
  if (typeof address === 'string') throw new ConfigError(address);
  if (address.tls && settings.startTls) throw new ConfigError('startTls is set, and ldaps:// begins with TLS; write ldap:// in the address, or remove startTls');
  const { bindDn: dn, password, startTls, caFile } = settings;
  return { address, startTls, ...(caFile !== undefined && { ca: await readAuthority(caFile) }), ...(dn !== undefined && password !== undefined && { bind: { dn, password } }) };
}

async function readAuthority(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (err) {
    throw new ConfigError(`caFile cannot be read: ${(err as Error).message}`, { cause: err });
  }
}

/** Resolves when the first signal aborts, rejects when another one does so before. */
function aborted(awaited: AbortSignal, others: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const until = AbortSignal.any([awaited, ...others]);
    const end = (): void => (awaited.aborted ? resolve() : reject(until.reason as Error));
    if (until.aborted) end();
    else until.addEventListener('abort', end, { once: true });
  });
}
