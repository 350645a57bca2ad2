import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Server = 'kafka' | 'mongo';

/** The launchers, java/*.java, that each server needs. The last one has the main method. */
const LAUNCHERS: Readonly<Record<Server, readonly string[]>> = { kafka: ['Lifeline', 'StartKafka'], mongo: ['Lifeline', 'StartMongo'] };

const CACHE = path.join(__dirname, '..', '..', '.cache', 'servers');

export const mainClass = (server: Server): string => LAUNCHERS[server].at(-1)!;

const pomOf = (server: Server): string => path.join(__dirname, 'poms', `${server}.xml`);

const sourcesOf = (server: Server): string[] => LAUNCHERS[server].map((name) => path.join(__dirname, 'java', `${name}.java`));

/** The folder is named after all that it is made of, so that a changed version or launcher never meets an old cache. */
function folderOf(server: Server): string {
  const content = createHash('sha256');
  for (const file of [pomOf(server), ...sourcesOf(server)]) content.update(readFileSync(file));
  return path.join(CACHE, `${server}-${content.digest('hex').slice(0, 12)}`);
}

export const isPrepared = (server: Server): boolean => existsSync(folderOf(server));

/** Fetches the server's jars from Maven Central and compiles its launcher, unless that was done before. Gives the class path. */
export async function prepareJars(server: Server): Promise<string> {
  const folder = folderOf(server);
  if (!existsSync(folder)) await build(server, folder);
  return [path.join(folder, 'classes'), path.join(folder, 'lib', '*')].join(path.delimiter);
}

async function build(server: Server, folder: string): Promise<void> {
  // In a folder of its own, then renamed: suites that prepare at the same moment each see nothing or all of it.
  const draft = path.join(CACHE, `draft-${randomUUID()}`);
  await mkdir(path.join(draft, 'classes'), { recursive: true });
  try {
    await tool('mvn', ['-q', '-B', '-f', pomOf(server), 'dependency:copy-dependencies', `-DoutputDirectory=${path.join(draft, 'lib')}`]);
    await tool('javac', ['-cp', path.join(draft, 'lib', '*'), '-d', path.join(draft, 'classes'), ...sourcesOf(server)]);
    await rename(draft, folder);
  } catch (err) {
    if (!existsSync(folder)) throw err;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function tool(command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, args);
  } catch (err) {
    const { stdout = '', stderr = '' } = err as { stdout?: string; stderr?: string };
    throw new Error(`${command} failed: ${`${stdout}${stderr}`.trim().slice(-2_000)}`, { cause: err });
  }
}
