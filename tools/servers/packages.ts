import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { cached, isCached, tool } from './cache';

export type PackageServer = 'github';

const FILES = ['package.json', 'package-lock.json', 'start.mjs'];

const filesOf = (server: PackageServer): string[] => FILES.map((name) => path.join(__dirname, 'packages', server, name));

export const arePackagesPrepared = (server: PackageServer): boolean => isCached(server, filesOf(server));

/**
 * Installs the server's npm packages, by its lock file and in a folder of its own, unless that was done before: the Node.js among them must not stand on the
 * path of this repository's scripts. Gives the folder.
 */
export async function preparePackages(server: PackageServer): Promise<string> {
  return cached(server, filesOf(server), async (draft) => {
    for (const file of filesOf(server)) await copyFile(file, path.join(draft, path.basename(file)));
    await tool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], draft);
  });
}

// The servers need this one or a later one.
const NODE_MAJOR = 22;

const isRecent = Number(process.versions.node.split('.')[0]) >= NODE_MAJOR;

/** The packages hold a Node.js for Linux only. */
export const canRunPackages = isRecent || (process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch));

/** The Node.js to run them with. */
export function packagedNode(folder: string): string {
  const packaged = path.join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  return existsSync(packaged) ? packaged : process.execPath;
}
