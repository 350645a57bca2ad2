import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const CACHE = path.join(__dirname, '..', '..', '.cache', 'servers');

/** The folder is named after all that it is made of, so that a changed version or launcher never meets an old cache. */
function folderOf(server: string, files: readonly string[]): string {
  const content = createHash('sha256');
  for (const file of files) content.update(readFileSync(file));
  return path.join(CACHE, `${server}-${content.digest('hex').slice(0, 12)}`);
}

export const isCached = (server: string, files: readonly string[]): boolean => existsSync(folderOf(server, files));

/** Gives the folder of what a server needs, made by `build` from these files unless that was done before. */
export async function cached(server: string, files: readonly string[], build: (draft: string) => Promise<void>): Promise<string> {
  const folder = folderOf(server, files);
  if (existsSync(folder)) return folder;
  // In a folder of its own, then renamed: suites that prepare at the same moment each see nothing or all of it.
  const draft = path.join(CACHE, `draft-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    await build(draft);
    await rename(draft, folder);
  } catch (err) {
    if (!existsSync(folder)) throw err;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

export async function tool(command: string, args: readonly string[], cwd?: string): Promise<void> {
  try {
    await run(command, args, cwd === undefined ? {} : { cwd });
  } catch (err) {
    const { stdout = '', stderr = '' } = err as { stdout?: string; stderr?: string };
    throw new Error(`${command} failed: ${`${stdout}${stderr}`.trim().slice(-2_000)}`, { cause: err });
  }
}
