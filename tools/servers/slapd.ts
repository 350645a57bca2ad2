import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tool } from './cache';
import { makeCertificates } from './certificates';
import { startChild, type Child } from './child';
import { installPackages, onPath } from './debian';
import { freePorts } from './free-port';

const FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', ...(process.env['PATH'] ?? '').split(path.delimiter)];
const SCHEMA = '/etc/ldap/schema';

const program = (): string | undefined => FOLDERS.map((folder) => path.join(folder, 'slapd')).find(existsSync);

export const isSlapdPrepared = (): boolean => program() !== undefined && existsSync(SCHEMA) && onPath('setpriv');

/** Installs OpenLDAP from Debian unless it is there. The package starts no server where services are not started by packages; ours has a configuration of its own. */
export async function prepareSlapd(): Promise<string> {
  if (program() === undefined) await installPackages('slapd');
  const file = program();
  if (file === undefined || !existsSync(SCHEMA)) throw new Error('slapd and its schema files are not there; install slapd');
  return file;
}

export interface SlapdOptions {
  /** Entries that are there from the begin, in LDIF, with the topmost one. */
  readonly ldif: string;
  /** Clients can be told of changes (syncprov). Default true. */
  readonly sync?: boolean;
  /** More lines of slapd.conf inside the database: rights and limits. */
  readonly lines?: readonly string[];
  /** With TLS, for `localhost` and 127.0.0.1. Needs openssl. */
  readonly tls?: boolean;
}

export interface SlapdServer {
  readonly host: string;
  readonly port: number;
  /** Of the listener with TLS from the first byte, with `tls`. */
  readonly tlsPort: number;
  /** File with the PEM of the authority, with `tls`. */
  readonly ca?: string;
  readonly suffix: string;
  /** Who may do anything. */
  readonly rootDn: string;
  readonly rootPassword: string;
  /** What it says of connections and operations (`loglevel stats`), a line each. */
  readonly log: readonly string[];
  pid(): number | undefined;
  /** As in a crash: every connection breaks off. The data stay. */
  kill(): Promise<void>;
  /** On the same port, with the same data. */
  start(): Promise<void>;
  /** Ends it and removes the data. */
  stop(): Promise<void>;
}

const READY_MS = 30_000;
const SUFFIX = 'dc=acme,dc=example';

/** OpenLDAP on a free loopback port, with one database below `dc=acme,dc=example`. */
export async function startSlapd(options: SlapdOptions): Promise<SlapdServer> {
  const slapd = await prepareSlapd();
  const folder = await mkdtemp(path.join(tmpdir(), 'slapd-'));
  const file = (name: string): string => path.join(folder, name);
  const rootDn = `cn=root,${SUFFIX}`;
  const rootPassword = randomUUID();
  const [port = 0, tlsPort = 0] = await freePorts(2);
  const certificates = options.tls ? await makeCertificates(folder) : undefined;
  await mkdir(file('data'), { mode: 0o700 });
  const lines = [
    ...['core', 'cosine', 'nis', 'inetorgperson'].map((name) => `include ${SCHEMA}/${name}.schema`),
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload syncprov',
    `pidfile ${file('pid')}`,
    `argsfile ${file('args')}`,
    ...(certificates ? [`TLSCACertificateFile ${file('ca.pem')}`, `TLSCertificateFile ${certificates.files.certificate}`, `TLSCertificateKeyFile ${certificates.files.key}`] : []),
    'database mdb',
    `suffix "${SUFFIX}"`,
    `rootdn "${rootDn}"`,
    `rootpw ${rootPassword}`,
    `directory ${file('data')}`,
    'maxsize 268435456',
    'dbnosync',
    'index objectClass,entryUUID,entryCSN eq',
    ...(options.lines ?? []),
    ...(options.sync === false ? [] : ['overlay syncprov']),
  ];
  await writeFile(file('slapd.conf'), `${lines.join('\n')}\n`, { mode: 0o600 });
  await writeFile(file('begin.ldif'), options.ldif);

  const log: string[] = [];
  let child: Child | undefined;
  const start = async (): Promise<void> => {
    const urls = [`ldap://127.0.0.1:${port}/`, ...(certificates ? [`ldaps://127.0.0.1:${tlsPort}/`] : [])].join(' ');
    child ??= await startChild({
      name: 'slapd',
      command: 'setpriv',
      // It ends with the process that started it: the kernel sees to that. All that it says on one stream, where the line is awaited that says it is ready.
      args: ['--pdeathsig', 'KILL', 'sh', '-c', 'exec "$@" 2>&1', 'sh', slapd, '-d', 'stats', '-f', file('slapd.conf'), '-h', urls],
      ready: /slapd starting/,
      said: (line) => void log.push(line),
    });
    await accepts(port, child);
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running) return;
    if (running.ended() === undefined) process.kill(running.pid, signal);
    await running.ending;
  };
  try {
    await tool(slapd, ['-T', 'add', '-q', '-f', file('slapd.conf'), '-l', file('begin.ldif')], folder);
    await start();
  } catch (err) {
    await rm(folder, { recursive: true, force: true });
    throw err;
  }
  return {
    ...{ host: '127.0.0.1', port, tlsPort, suffix: SUFFIX, rootDn, rootPassword, log, start },
    ...(certificates && { ca: file('ca.pem') }),
    pid: () => child?.pid,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** It says that it starts before it listens. */
async function accepts(port: number, child: Child): Promise<void> {
  for (const deadline = Date.now() + READY_MS; ; ) {
    const socket = connect({ host: '127.0.0.1', port });
    const isOpen = await new Promise<boolean>((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    socket.destroy();
    if (isOpen) return;
    const ended = child.ended();
    if (ended !== undefined || Date.now() > deadline) throw new Error(`slapd ${ended ?? 'does not listen'}`);
    await new Promise((again) => setTimeout(again, 10));
  }
}
