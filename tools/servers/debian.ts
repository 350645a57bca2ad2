import { existsSync } from 'node:fs';
import path from 'node:path';
import { tool } from './cache';

export const onPath = (command: string): boolean => (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, command)));

/** Installs Debian packages, where that is possible: as root, with apt. */
export async function installPackages(...packages: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(`install ${packages.join(' ')} (as root, on Debian: apt-get install ${packages.join(' ')})`);
  const quiet = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq'];
  await tool('env', [...quiet, 'update']);
  await tool('env', [...quiet, 'install', '--yes', '--no-install-recommends', ...packages]);
}
