import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { appendFile, chown, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { tool } from './cache';
import { makeCertificates } from './certificates';
import { startChild, type Child } from './child';
import { installPackages, onPath } from './debian';
import { freePorts } from './free-port';

const DEBIAN = '/usr/lib/postgresql';

/** The folder of `postgres` and `initdb`, which Debian keeps off the PATH. */
function programs(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => path.join(DEBIAN, version, 'bin')), ...(process.env['PATH'] ?? '').split(path.delimiter)];
  return folders.find((folder) => existsSync(path.join(folder, 'initdb')) && existsSync(path.join(folder, 'postgres')));
}

export const isPostgresPrepared = (): boolean => programs() !== undefined && onPath('setpriv');

/** Installs PostgreSQL from Debian unless it is there. Gives the folder of its programs. */
export async function preparePostgres(): Promise<string> {
  if (programs() === undefined) await installPackages('postgresql');
  const folder = programs();
  if (folder === undefined) throw new Error('initdb and postgres are not there; install postgresql');
  return folder;
}

export interface PostgresOptions {
  /** With TLS, for `localhost` and 127.0.0.1. Needs openssl. */
  readonly tls?: boolean;
  /** More lines of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** A superuser. */
  readonly user: string;
  readonly password: string;
  /** File with the PEM of the authority, with `tls`. */
  readonly ca?: string;
  /** Its own log, a line each; what does not begin with `log_line_prefix` goes on from the line before. */
  readonly log: readonly string[];
  pid(): number | undefined;
  /** As in a crash: every connection breaks off. The data stay. */
  kill(): Promise<void>;
  /** On the same port, with the same data. */
  start(): Promise<void>;
  /** Ends it and removes the data. */
  stop(): Promise<void>;
}

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** PostgreSQL on a free loopback port, with one superuser and no sockets in the file system. It refuses to run as root, so as root it runs as `postgres` or `nobody`. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const bin = await preparePostgres();
  const folder = await mkdtemp(path.join(tmpdir(), 'postgres-'));
  const data = path.join(folder, 'data');
  const user = 'tester';
  const password = randomUUID();
  const owner = process.getuid?.() === 0 ? accountOf('postgres', 'nobody') : undefined;
  // It ends with the process that started it: the kernel sees to that.
  const lowered = ['--pdeathsig', 'QUIT', ...(owner ? [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'] : [])];
  const own = async (...files: readonly string[]): Promise<void> => {
    if (owner) for (const file of files) await chown(file, owner.uid, owner.gid);
  };
  const secret = path.join(folder, 'password');
  await writeFile(secret, password, { mode: 0o600 });
  await mkdir(data, { mode: 0o700 });
  await own(folder, secret, data);
  await tool('setpriv', [...lowered, path.join(bin, 'initdb'), '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256', `--username=${user}`, `--pwfile=${secret}`, data], folder);

  const [port = 0] = await freePorts(1);
  const certificates = options.tls ? await makeCertificates(folder) : undefined;
  const key = path.join(folder, 'key.pem');
  if (certificates) {
    await copyFile(certificates.files.key, key);
    await own(key, certificates.files.certificate);
    await tool('chmod', ['600', key]);
  }
  const settings = {
    ...{ listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', fsync: 'off', log_destination: 'stderr', logging_collector: 'off', lc_messages: 'C' },
    ...(certificates && { ssl: 'on', ssl_cert_file: certificates.files.certificate, ssl_key_file: key }),
    ...options.settings,
  };
  await appendFile(path.join(data, 'postgresql.conf'), Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}\n`).join(''));

  const log: string[] = [];
  let child: Child | undefined;
  const start = async (): Promise<void> => {
    child ??= await startChild({
      name: 'postgres',
      command: 'setpriv',
      // All that it says on one stream, where the line is awaited that says it is ready.
      args: [...lowered, 'sh', '-c', 'exec "$@" 2>&1', 'sh', path.join(bin, 'postgres'), '-D', data],
      ready: /database system is ready to accept connections/,
      said: (line) => void log.push(line),
    });
  };
  const end = async (signal: 'SIGQUIT' | 'SIGINT'): Promise<void> => {
    const running = child;
    child = undefined;
    if (!running) return;
    if (running.ended() === undefined) process.kill(running.pid, signal);
    await running.ending;
  };
  try {
    await start();
  } catch (err) {
    await rm(folder, { recursive: true, force: true });
    throw err;
  }
  return {
    ...{ host: '127.0.0.1', port, user, password, log, start },
    ...(certificates && { ca: certificates.files.ca }),
    pid: () => child?.pid,
    kill: () => end('SIGQUIT'),
    async stop() {
      await end('SIGINT');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function accountOf(...names: readonly string[]): { readonly uid: number; readonly gid: number } {
  for (const name of names) {
    try {
      const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })));
      return { uid, gid };
    } catch {
      // the next one
    }
  }
  throw new Error(`there is no account ${names.join(' or ')} to run PostgreSQL as`);
}
