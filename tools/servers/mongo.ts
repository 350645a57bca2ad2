import { startJvm } from './jvm';

export interface MongoOptions {
  /** Start one even where MONGO_URL names another: for tests that stop it. Implied by the options below. */
  readonly own?: boolean;
  /** Default: any free one. */
  readonly port?: number;
  /** Keeps the data, each write before it is acknowledged, so that they survive kill(). Default: in memory. */
  readonly file?: string;
}

export interface Mongo {
  readonly url: string;
  /** Undefined where MONGO_URL named the server. */
  readonly pid: number | undefined;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** mongo-java-server, or the server that MONGO_URL names. Tests use a database of their own in it, and drop it. */
export async function startMongo(options: MongoOptions = {}): Promise<Mongo> {
  const { own = false, port, file } = options;
  const given = process.env['MONGO_URL'];
  if (given && !own && port === undefined && file === undefined) {
    const leave = async (): Promise<void> => undefined;
    return { url: given, pid: undefined, stop: leave, kill: leave };
  }
  const args = [String(port ?? 0), ...(file === undefined ? [] : [file])];
  const jvm = await startJvm('mongo', { heapMb: 512, args, ready: /^listening (\d+)$/ });
  return { url: `mongodb://127.0.0.1:${jvm.ready[1]}`, pid: jvm.pid, stop: jvm.stop, kill: jvm.kill };
}
