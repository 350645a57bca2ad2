import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { cached, isCached, tool } from './cache';

export type JarServer = 'kafka' | 'mongo';

/** The launchers, java/*.java, that each server needs. The last one has the main method. */
const LAUNCHERS: Readonly<Record<JarServer, readonly string[]>> = { kafka: ['Lifeline', 'StartKafka'], mongo: ['Lifeline', 'StartMongo'] };

export const mainClass = (server: JarServer): string => LAUNCHERS[server].at(-1)!;

const pomOf = (server: JarServer): string => path.join(__dirname, 'poms', `${server}.xml`);

const sourcesOf = (server: JarServer): string[] => LAUNCHERS[server].map((name) => path.join(__dirname, 'java', `${name}.java`));

const filesOf = (server: JarServer): string[] => [pomOf(server), ...sourcesOf(server)];

export const areJarsPrepared = (server: JarServer): boolean => isCached(server, filesOf(server));

/** Fetches the server's jars from Maven Central and compiles its launcher, unless that was done before. Gives the class path. */
export async function prepareJars(server: JarServer): Promise<string> {
  const folder = await cached(server, filesOf(server), async (draft) => {
    await mkdir(path.join(draft, 'classes'));
    await tool('mvn', ['-q', '-B', '-f', pomOf(server), 'dependency:copy-dependencies', `-DoutputDirectory=${path.join(draft, 'lib')}`]);
    await tool('javac', ['-cp', path.join(draft, 'lib', '*'), '-d', path.join(draft, 'classes'), ...sourcesOf(server)]);
  });
  return [path.join(folder, 'classes'), path.join(folder, 'lib', '*')].join(path.delimiter);
}
