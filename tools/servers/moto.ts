import path from 'node:path';
import { cached, isCached, tool } from './cache';
import { startChild } from './child';

const REQUIREMENTS = path.join(__dirname, 'python', 'moto.txt');
const LAUNCHER = path.join(__dirname, 'python', 'start_moto.py');

export const isMotoPrepared = (): boolean => isCached('moto', [REQUIREMENTS]);

/** Installs moto's Python packages in a folder of their own, unless that was done before. Gives the folder. */
export const prepareMoto = (): Promise<string> =>
  cached('moto', [REQUIREMENTS], (draft) => tool('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', draft, '--requirement', REQUIREMENTS]));

export interface Moto {
  /** `http://127.0.0.1:<port>`: every service of AWS that it knows; it believes any credentials. */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** moto, a stateful AWS that nobody here wrote, in memory and on a free port. */
export async function startMoto(): Promise<Moto> {
  const folder = await prepareMoto();
  const child = await startChild({ name: 'moto', command: 'python3', args: [LAUNCHER, folder], ready: /^listening (\d+)$/ });
  return { url: `http://127.0.0.1:${child.ready[1]}`, pid: child.pid, stop: child.stop, kill: child.kill };
}
