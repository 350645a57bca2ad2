import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Disposer, Log } from '../../contract';
import { watchDirectory } from './index';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('changes below a directory', () => {
  let root: string;
  let told: string[];
  let calls: number;
  let refusals = 0;
  let dispose: Disposer | undefined;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'watch-'));
    told = [];
    calls = 0;
    refusals = 0;
    dispose = undefined;
  });
  afterEach(async () => {
    await dispose?.();
    await rm(root, { recursive: true, force: true });
  });
  const listen = async (recursive = true): Promise<void> => {
    dispose = await watchDirectory({
      path: root,
      recursive,
      log,
      heard: async (paths) => {
        calls++;
        if (refusals-- > 0) throw new Error('not now');
        told.push(...paths);
      },
    });
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    const deadline = Date.now() + 30_000; // only so that a failing test ends
    while (!isTrue() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isTrue()).toBe(true);
  };
  const hears = (relative: string): Promise<void> => until(() => told.includes(relative));
  const at = (...parts: string[]): string => path.join(root, ...parts);

  it('tells what is made, written, renamed and removed, also in folders that were there', async () => {
    await mkdir(at('deep', 'er'), { recursive: true });
    await listen();
    await writeFile(at('deep', 'er', 'a b.txt'), 'one');
    await hears('deep/er/a b.txt');
    told = [];
    await rename(at('deep', 'er', 'a b.txt'), at('ü.txt'));
    await hears('ü.txt');
    expect(told).toContain('deep/er/a b.txt');
    told = [];
    await unlink(at('ü.txt'));
    await hears('ü.txt');
  });

  it('follows into a folder that is made, moved in, or made again under its old name', async () => {
    await listen();
    await mkdir(at('new', 'inner'), { recursive: true });
    await hears('new');
    await writeFile(at('new', 'inner', 'late'), '');
    await hears('new/inner/late');
    await rename(at('new'), at('moved'));
    await mkdir(at('new', 'inner'), { recursive: true });
    await hears('moved');
    told = [];
    await writeFile(at('new', 'inner', 'again'), '');
    await hears('new/inner/again');
    await writeFile(at('moved', 'inner', 'there'), '');
    await hears('moved/inner/there');
  });

  it('tells again what was refused', async () => {
    await listen();
    refusals = 1;
    await writeFile(at('a'), '');
    await hears('a');
    expect(calls).toBeGreaterThan(1);
  });

  it('gathers what comes together, and does not follow links', async () => {
    await mkdir(at('real'));
    await symlink(at('real'), at('link'));
    await listen();
    await Promise.all(Array.from({ length: 50 }, (_, index) => writeFile(at('real', `file${index}`), '')));
    await until(() => new Set(told).size >= 50);
    expect(calls).toBeLessThan(50);
    expect(told.some((one) => one.startsWith('link'))).toBe(false);
  });

  it('keeps to the directory itself where it is told to', async () => {
    await mkdir(at('inner'));
    await listen(false);
    await writeFile(at('inner', 'unheard'), '');
    await writeFile(at('heard'), '');
    await hears('heard');
    expect(told).not.toContain('inner/unheard');
  });

  it('says when the directory went, and when it is back', async () => {
    await listen();
    await rm(root, { recursive: true });
    await hears('');
    told = [];
    await mkdir(root);
    await hears('');
    await writeFile(at('after'), '');
    await hears('after');
  });

  it('throws for a directory that is missing', async () => {
    await expect(watchDirectory({ path: at('missing'), log, heard: async () => undefined })).rejects.toThrow('ENOENT');
  });
});
