import { startChild, type Child } from './child';
import { mainClass, prepareJars, type JarServer } from './jars';

export interface JvmOptions {
  readonly heapMb: number;
  readonly args: readonly string[];
  /** The line on standard output that says it has begun. */
  readonly ready: RegExp;
  /** A folder that goes when the process that started the server ends without stopping it. */
  readonly scratch?: string;
}

/** Starts one of the Java servers. */
export async function startJvm(server: JarServer, { heapMb, args, ready, scratch }: JvmOptions): Promise<Child> {
  const classPath = await prepareJars(server);
  const properties = scratch === undefined ? [] : [`-Dscratch=${scratch}`];
  // Serial collection and the first compiler only: these servers live for seconds on machines with few cores.
  const flags = [`-Xmx${heapMb}m`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', ...properties];
  return startChild({ name: server, command: 'java', args: [...flags, '-cp', classPath, mainClass(server), ...args], ready });
}
