import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cached, isCached, tool } from '../../../tools/servers/cache';
import { onPath } from '../../../tools/servers/debian';
import { describeUnless, isUnavailable, lacking } from '../../../tools/servers/describe-with';
import { startChild } from '../../../tools/servers/child';
import { freePorts } from '../../../tools/servers/free-port';

const POM = path.join(__dirname, 'wildfly.xml');

// What bin/standalone.sh gives to a Java that keeps its insides to itself.
const OPENED = ['java.base/java.lang', 'java.base/java.util', 'java.base/java.io', 'java.base/java.security', 'java.base/java.net', 'java.management/javax.management', 'java.naming/javax.naming'];
const EXPORTED = ['java.base/sun.nio.ch', 'java.naming/com.sun.jndi.ldap', 'java.base/sun.net.www'];

// WildFly does not watch its standard input, so something beside it does: when that ends, it is told to end.
const LIFELINE = 'exec 3<&0; java "$@" </dev/null & p=$!; { cat <&3; kill $p; } >/dev/null 2>&1 & c=$!; trap "kill $p" TERM; wait $p; wait $p; kill $c';

export const USER = { username: 'admin', password: 'planted-password' } as const;

/** Fetches WildFly from Maven Central (218 MB, unpacked 260 MB), unless that was done before. Gives its folder. */
export async function prepareWildFly(): Promise<string> {
  const folder = await cached('wildfly', [POM], (draft) => tool('mvn', ['-q', '-B', '-f', POM, 'dependency:unpack-dependencies', '-DoverWriteReleases=true', `-DoutputDirectory=${draft}`]));
  return path.join(folder, 'wildfly-26.1.3.Final');
}

/** `describe` that skips, loudly, where WildFly cannot be started. */
export function describeWithWildFly(title: string, suite: () => void): void {
  const missing = isUnavailable('wildfly') ? ['wildfly (could not be fetched)'] : ['sh', 'java', ...(isCached('wildfly', [POM]) ? [] : ['mvn'])].filter((name) => !onPath(name));
  describeUnless(lacking(missing), title, suite);
}

export interface WildFly {
  /** Of the management API. */
  readonly managementUrl: string;
  /** Of what is deployed. */
  readonly webUrl: string;
  stop(): Promise<void>;
}

/** A standalone server on loopback with one management user, and a base folder of its own. */
export async function startWildFly(): Promise<WildFly> {
  const home = await prepareWildFly();
  const base = await mkdtemp(path.join(tmpdir(), 'wildfly-'));
  const configuration = path.join(base, 'configuration');
  await cp(path.join(home, 'standalone/configuration'), configuration, { recursive: true });
  await mkdir(path.join(base, 'deployments'));
  const { username, password } = USER;
  await appendFile(path.join(configuration, 'mgmt-users.properties'), `\n${username}=${createHash('md5').update(`${username}:ManagementRealm:${password}`).digest('hex')}\n`);

  const [management, web, tls] = await freePorts(3);
  const args = [
    ...['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    ...OPENED.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    ...EXPORTED.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...[`-Djboss.home.dir=${home}`, `-Djboss.server.base.dir=${base}`, `-Djava.io.tmpdir=${base}`, '-jar', path.join(home, 'jboss-modules.jar'), '-mp', path.join(home, 'modules')],
    ...['org.jboss.as.standalone', '-b', '127.0.0.1', '-bmanagement', '127.0.0.1'],
    ...[`-Djboss.management.http.port=${management}`, `-Djboss.http.port=${web}`, `-Djboss.https.port=${tls}`],
  ];
  const child = await startChild({ name: 'WildFly', command: 'sh', args: ['-c', LIFELINE, 'sh', ...args], ready: /WFLYSRV0025/ });
  return {
    managementUrl: `http://127.0.0.1:${management}/management`,
    webUrl: `http://127.0.0.1:${web}`,
    async stop() {
      await child.stop();
      await rm(base, { recursive: true, force: true });
    },
  };
}
