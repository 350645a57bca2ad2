import { execFile } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { allRows, kindOf, planKind, readPages, readPartition, testContext } from '@integration-framework/framework/testkit';
import git from '../src/index';
import type { Branch } from '../src/kinds/branch';
import type { Commit } from '../src/kinds/commit';
import type { Contributor } from '../src/kinds/contributor';
import type { RepositoryRow } from '../src/kinds/repository';
import type { Tag } from '../src/kinds/tag';
import type { GitSettings } from '../src/settings';
import { sandbox, type Sandbox, type SandboxRepository } from './sandbox';

let box: Sandbox;
beforeEach(() => {
  box = sandbox();
});
afterEach(() => box.remove());

const settingsFor = (...repositories: readonly SandboxRepository[]): GitSettings => ({ path: repositories.map(({ folder }) => folder), maxCommits: 1000 });

const read = <TRow>(kind: string, settings: GitSettings): Promise<readonly TRow[]> =>
  allRows<TRow, GitSettings>({ integration: git, kind, context: testContext(settings) });

describe('repository', () => {
  test('says its default branch, its head and its last commit', async () => {
    const shop = box.repository('shop');
    const sha = shop.commit('first', { at: '2026-02-03T04:05:06+02:00' });
    expect(await read('repository', settingsFor(shop))).toEqual([
      { id: 'shop', name: 'shop', defaultBranch: 'main', head: sha, lastCommitAt: '2026-02-03T02:05:06.000Z', bare: false },
    ]);
  });

  test('without commits it is a repository, and has none', async () => {
    const empty = box.repository('empty');
    expect(await read('repository', settingsFor(empty))).toEqual([{ id: 'empty', name: 'empty', defaultBranch: 'main', bare: false }]);
    expect(await read('branch', settingsFor(empty))).toEqual([]);
    expect(await read('commit', settingsFor(empty))).toEqual([]);
    expect(await read('contributor', settingsFor(empty))).toEqual([]);
  });

  test('the default branch is the one of origin, whatever is checked out', async () => {
    const origin = box.repository('origin');
    origin.commit('first');
    box.repository('elsewhere').git('clone', '--quiet', origin.folder, path.join(box.folder, 'clone'));
    const clone = { ...origin, folder: path.join(box.folder, 'clone') };
    origin.git('-C', clone.folder, 'checkout', '--quiet', '-b', 'work');
    expect(await read<RepositoryRow>('repository', settingsFor(clone))).toMatchObject([{ name: 'clone', defaultBranch: 'main', remote: origin.folder }]);
  });

  test('a detached head has no default branch, and is read', async () => {
    const shop = box.repository('shop');
    const sha = shop.commit('first');
    shop.git('checkout', '--quiet', '--detach');
    const [row] = await read<RepositoryRow>('repository', settingsFor(shop));
    expect(row).not.toHaveProperty('defaultBranch');
    expect(row!.head).toBe(sha);
  });

  test('a bare repository is read', async () => {
    const bare = box.repository('bare.git', '--bare');
    expect(git.validate?.(settingsFor(bare))).toEqual([]);
    expect(await read('repository', settingsFor(bare))).toMatchObject([{ name: 'bare.git', bare: true }]);
  });

  test.each([
    ['https://ann:ghp_planted@example.com/shop.git', 'https://example.com/shop.git'],
    ['https://ghp_planted@example.com/shop.git?token=ghp_planted', 'https://example.com/shop.git'],
    ['ssh://git:ghp_planted@example.com/shop.git', 'ssh://git@example.com/shop.git'],
    ['git@example.com:team/shop.git', 'git@example.com:team/shop.git'],
  ])('the remote %s is shown without credentials', async (url, shown) => {
    const shop = box.repository('shop');
    shop.git('config', 'remote.origin.url', url);
    const [row] = await read<RepositoryRow>('repository', settingsFor(shop));
    expect(row!.remote).toBe(shown);
    expect(JSON.stringify(row)).not.toContain('ghp_planted');
  });

  test('a linked working tree is read through its .git file', async () => {
    const shop = box.repository('shop');
    shop.commit('first');
    const linked = path.join(box.folder, 'linked');
    shop.git('worktree', 'add', '--quiet', linked, '-b', 'side');
    expect(git.validate?.({ path: [linked], maxCommits: 1 })).toEqual([]);
    expect(await read('repository', { path: [linked], maxCommits: 1 })).toMatchObject([{ name: 'linked', defaultBranch: 'side' }]);
  });
});

describe('branch', () => {
  test('says its tip, its author and whether HEAD points at it', async () => {
    const shop = box.repository('shop');
    const first = shop.commit('first', { name: 'Bo', email: 'Bo@Example.com', at: '2026-01-02T00:00:00Z' });
    shop.git('branch', 'feature/cart');
    const second = shop.commit('second');
    expect(await read<Branch>('branch', settingsFor(shop))).toEqual([
      { id: 'shop/feature/cart', repository: 'shop', name: 'feature/cart', commit: first, isHead: false, author: { id: 'bo@example.com', name: 'Bo', email: 'bo@example.com' }, committedAt: '2026-01-02T00:00:00.000Z', subject: 'first' },
      { id: 'shop/main', repository: 'shop', name: 'main', commit: second, isHead: true, author: { id: 'ann@example.com', name: 'Ann Author', email: 'ann@example.com' }, committedAt: '2026-01-01T12:00:00.000Z', subject: 'second' },
    ]);
  });

  test('hostile names survive as keys, and their identifiers are what Port takes', async () => {
    const shop = box.repository('my shop [old]');
    shop.commit('first');
    const names = ["it's", 'feature/#12', 'ünïcode/日本', 'a"quote', 'x=1', '🚀', 'dollar$`tick', `long-${'n'.repeat(180)}`, 'semi;colon&pipe|', '%00', '-'.repeat(3).concat('x').slice(3)];
    for (const name of names) shop.git('update-ref', `refs/heads/${name}`, 'HEAD');
    const rows = await read<Branch>('branch', settingsFor(shop));
    expect(rows.map(({ name }) => name).sort()).toEqual([...names, 'main'].sort());
    const keys = rows.map((row) => kindOf(git, 'branch').key(row).join('/'));
    expect(new Set(keys).size).toBe(names.length + 1);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(names.length + 1);
    for (const { id } of rows) expect(id).toMatch(/^[\p{L}0-9@_.+:\\/=-]+$/u);
    expect(rows.find(({ name }) => name === 'feature/#12')!.id).toBe('my=20shop=20=5Bold=5D/feature/=2312');
    expect(rows.find(({ name }) => name === 'ünïcode/日本')!.id).toBe('my=20shop=20=5Bold=5D/ünïcode/日本');
  });

  test('a scan goes on from every position, also when a branch before it went', async () => {
    const shop = box.repository('shop');
    shop.commit('first');
    const sha = shop.git('rev-parse', 'HEAD');
    const names = Array.from({ length: 1_203 }, (_, index) => `b${String(index).padStart(4, '0')}`);
    // U+FF5E sorts before U+1F680 by bytes and after it by UTF-16 units: resuming between them needs the order of git.
    const all = [...names, '～', '🚀'];
    writeFileSync(path.join(box.folder, 'refs'), all.map((name) => `create refs/heads/${name} ${sha}\n`).join(''));
    updateRefs(shop, path.join(box.folder, 'refs'));
    const options = { integration: git, kind: 'branch', context: testContext(settingsFor(shop)) };
    const pages: Branch[][] = [];
    const positions = [];
    for await (const { page } of readPages(options)) {
      pages.push([...(page.rows as Branch[])]);
      if (page.next) positions.push(page.next);
    }
    expect(pages.map(({ length }) => length)).toEqual([500, 500, 206]);
    expect(pages.flat().map(({ name }) => name)).toEqual([...names, 'main', '～', '🚀']);
    shop.git('branch', '-D', 'b0000');
    const [partition] = await planKind(options);
    for (const [index, position] of positions.entries()) {
      const rest: string[] = [];
      for await (const page of readPartition(options, partition!, position)) rest.push(...(page.rows as Branch[]).map(({ name }) => name));
      expect(rest).toEqual(pages.slice(index + 1).flat().map(({ name }) => name));
    }
    const between: string[] = [];
    for await (const page of readPartition(options, partition!, { after: '～' })) between.push(...(page.rows as Branch[]).map(({ name }) => name));
    expect(between).toEqual(['🚀']);
  });
});

/** Does a git process work on this folder? */
async function running(folder: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'args']);
  return stdout.split('\n').some((args) => args.startsWith('git ') && args.includes(folder));
}

/** Many commits, quickly. */
function load(repository: SandboxRepository, count: number): void {
  const file = path.join(box.folder, 'stream');
  const commits = Array.from({ length: count }, (_, n) => `commit refs/heads/main\ncommitter Ann <ann@example.com> ${1_700_000_000 + n} +0000\ndata ${String(n).length}\n${n}\n`);
  writeFileSync(file, commits.join(''));
  repository.git('-c', `alias.load=!git fast-import --quiet < '${file}'`, 'load');
}

const updateRefs = (repository: SandboxRepository, file: string): void => {
  repository.git('-c', `alias.many=!git update-ref --stdin < '${file}'`, 'many');
};

describe('tag', () => {
  test('plain and annotated ones', async () => {
    const shop = box.repository('shop');
    const sha = shop.commit('first', { at: '2026-01-02T00:00:00Z' });
    shop.git('tag', 'v1');
    shop.git('-c', 'user.name=Tess', '-c', 'user.email=tess@example.com', 'tag', '-a', 'v2', '-m', 'Release "two"\n\nwith text');
    const [plain, annotated] = await read<Tag>('tag', settingsFor(shop));
    expect(plain).toEqual({ id: 'shop/v1', repository: 'shop', name: 'v1', commit: sha, annotated: false, createdAt: '2026-01-02T00:00:00.000Z', subject: 'first' });
    expect(annotated).toMatchObject({ id: 'shop/v2', commit: sha, annotated: true, tagger: { name: 'Tess', email: 'tess@example.com' }, subject: 'Release "two"' });
  });
});

describe('commit', () => {
  test('says authors, parents, and text with quotes, line breaks and characters of any kind', async () => {
    const shop = box.repository('shop');
    const first = shop.commit('one "two" \'three\' \\ \t∑🚀\n\nbody line 1\n\n\x01\x1e\x1fseparators\r\nend', { name: 'Zoë "Z" O\'Neil', email: 'Zoë@Example.COM', at: '2026-03-01T10:00:00+01:00' });
    const second = shop.commit('', { name: 'bot', email: '12+robot[bot]@users.example.com', at: '2026-03-01T10:00:01Z' });
    const rows = await read<Commit>('commit', settingsFor(shop));
    expect(rows.map(({ id }) => id)).toEqual([`shop/${second}`, `shop/${first}`]);
    expect(rows[1]).toEqual({
      id: `shop/${first}`,
      repository: 'shop',
      sha: first,
      parents: [],
      author: { id: 'zoë@example.com', name: 'Zoë "Z" O\'Neil', email: 'zoë@example.com' },
      authoredAt: '2026-03-01T09:00:00.000Z',
      committer: { id: 'zoë@example.com', name: 'Zoë "Z" O\'Neil', email: 'zoë@example.com' },
      committedAt: '2026-03-01T09:00:00.000Z',
      subject: 'one "two" \'three\' \\ \t∑🚀',
      body: 'body line 1\n\n\x01\x1e\x1fseparators\r\nend',
    });
    expect(rows[0]).toMatchObject({ parents: [first], subject: '', author: { id: '12+robot=5Bbot=5D@users.example.com' } });
  });

  test('a subject of several lines becomes one', async () => {
    const shop = box.repository('shop');
    shop.commit('line one\nline two\n\nbody');
    expect(await read<Commit>('commit', settingsFor(shop))).toMatchObject([{ subject: 'line one line two', body: 'body' }]);
  });

  test('only the newest maxCommits of HEAD, and that is a choice', async () => {
    const shop = box.repository('shop');
    const shas = ['a', 'b', 'c', 'd'].map((message) => shop.commit(message));
    const context = testContext({ path: [shop.folder], maxCommits: 2 });
    const pages = [];
    for await (const { page } of readPages({ integration: git, kind: 'commit', context })) pages.push(page);
    expect(pages.flatMap(({ rows }) => (rows as Commit[]).map(({ sha }) => sha))).toEqual([shas[3], shas[2]]);
    expect(pages.every(({ incomplete }) => incomplete === undefined)).toBe(true);
    expect(await read('contributor', { path: [shop.folder], maxCommits: 0 })).toEqual([]);
  });

  test('a scan that goes on reads what the first one would have read, whatever was committed meanwhile', async () => {
    const shop = box.repository('shop');
    load(shop, 1_100);
    const options = { integration: git, kind: 'commit', context: testContext({ ...settingsFor(shop), maxCommits: 1_050 }) };
    const pages = [];
    for await (const { page } of readPages(options)) pages.push(page);
    expect(pages.map(({ rows }) => rows.length)).toEqual([500, 500, 50]);
    shop.commit('meanwhile');
    const [partition] = await planKind(options);
    const rest = [];
    for await (const page of readPartition(options, partition!, pages[0]!.next)) rest.push(...page.rows);
    expect(rest).toEqual(pages.slice(1).flatMap(({ rows }) => rows));
  });

  test('a scan that is left early leaves no git behind', async () => {
    const shop = box.repository('shop');
    // More than a pipe holds, so that git is still writing when its reader leaves.
    load(shop, 5_000);
    const context = testContext({ path: [shop.folder], maxCommits: 5_000 });
    for await (const page of readPartition({ integration: git, kind: 'commit', context }, { name: 'shop', data: { folder: shop.folder } })) {
      expect(page.rows).toHaveLength(500);
      expect(await running(shop.folder)).toBe(true);
      break;
    }
    const deadline = Date.now() + 10_000;
    while ((await running(shop.folder)) && Date.now() < deadline) await new Promise(setImmediate);
    expect(await running(shop.folder)).toBe(false);
  });

  test('an abort ends the scan', async () => {
    const shop = box.repository('shop');
    shop.commit('first');
    const stop = new AbortController();
    stop.abort();
    const context = testContext(settingsFor(shop), { signal: stop.signal });
    await expect(allRows({ integration: git, kind: 'commit', context })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('contributor', () => {
  test('one for each address, whatever its case, over all repositories', async () => {
    const shop = box.repository('shop');
    shop.commit('1', { name: 'Ann', email: 'ANN@example.com', at: '2026-01-01T00:00:00Z' });
    shop.commit('2', { name: 'Bo', email: 'bo@example.com', at: '2026-01-02T00:00:00Z' });
    const api = box.repository('api');
    api.commit('3', { name: 'Ann New', email: 'ann@example.com', at: '2026-01-05T00:00:00Z' });
    const rows = await read<Contributor>('contributor', settingsFor(shop, api));
    expect([...rows].sort((a, b) => (a.email < b.email ? -1 : 1))).toEqual([
      { id: 'ann@example.com', email: 'ann@example.com', name: 'Ann New', commits: 2, firstCommitAt: '2026-01-01T00:00:00.000Z', lastCommitAt: '2026-01-05T00:00:00.000Z', repositories: ['api', 'shop'] },
      { id: 'bo@example.com', email: 'bo@example.com', name: 'Bo', commits: 1, firstCommitAt: '2026-01-02T00:00:00.000Z', lastCommitAt: '2026-01-02T00:00:00.000Z', repositories: ['shop'] },
    ]);
  });

  test('.mailmap joins addresses', async () => {
    const shop = box.repository('shop');
    shop.commit('1', { name: 'Ann', email: 'ann@home.example' });
    shop.commit('2', { name: 'Ann', email: 'ann@work.example' });
    writeFileSync(path.join(shop.folder, '.mailmap'), 'Ann <ann@work.example> <ann@home.example>\n');
    expect(await read('contributor', settingsFor(shop))).toMatchObject([{ email: 'ann@work.example', commits: 2 }]);
  });
});

describe('what can go wrong', () => {
  test('a folder that is no repository is named, with what to do, before anything runs', () => {
    const plain = path.join(box.folder, 'plain');
    mkdirSync(plain);
    expect(git.validate?.({ path: [plain], maxCommits: 1 })).toEqual([`${plain} is not a git repository (it has no .git); name a repository in path`]);
    const missing = path.join(box.folder, 'missing');
    expect(git.validate?.({ path: [missing], maxCommits: 1 })).toEqual([`${missing} does not exist; name a repository in path`]);
    expect(git.validate?.({ path: [], maxCommits: 1 })).toEqual(['path is empty; name a repository in path']);
  });

  test('two folders of one name', () => {
    const one = box.repository('a/shop');
    const other = box.repository('b/shop');
    expect(git.validate?.(settingsFor(one, other))).toEqual([expect.stringContaining('have the same folder name')]);
  });

  test('a subfolder of a repository is not taken for it', () => {
    const shop = box.repository('shop');
    mkdirSync(path.join(shop.folder, 'src'));
    expect(git.validate?.({ path: [path.join(shop.folder, 'src')], maxCommits: 1 })).toHaveLength(1);
  });

  test('a repository that is broken fails the scan, and never lets git find the one above it', async () => {
    const outer = box.repository('outer');
    outer.commit('first');
    mkdirSync(path.join(outer.folder, 'inner', '.git'), { recursive: true });
    const settings = { path: [path.join(outer.folder, 'inner')], maxCommits: 10 };
    for (const kind of ['repository', 'branch', 'tag', 'commit', 'contributor']) {
      await expect(read(kind, settings)).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('not a git repository') as string });
    }
    const report = await git.check?.(testContext(settings));
    expect(report).toMatchObject({ ok: false, lines: [expect.stringContaining('not a git repository')] });
  });

  test('a folder that went away since the start', async () => {
    const shop = box.repository('shop');
    shop.commit('first');
    renameSync(shop.folder, `${shop.folder}-moved`);
    await expect(read('branch', settingsFor(shop))).rejects.toMatchObject({ code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('the folder is gone') as string });
  });

  test('no git on the PATH is said as that', async () => {
    const shop = box.repository('shop');
    const before = process.env['PATH'];
    process.env['PATH'] = box.folder;
    try {
      await expect(read('branch', settingsFor(shop))).rejects.toMatchObject({ message: expect.stringContaining('it is not on the PATH; install git') as string });
    } finally {
      process.env['PATH'] = before;
    }
  });

  test('started from a hook, it still reads the repository that the settings name', async () => {
    const shop = box.repository('shop');
    shop.commit('first');
    const other = box.repository('other');
    process.env['GIT_DIR'] = path.join(other.folder, '.git');
    try {
      expect(await read('branch', settingsFor(shop))).toHaveLength(1);
    } finally {
      delete process.env['GIT_DIR'];
    }
  });

  test('check says what HEAD is', async () => {
    const shop = box.repository('shop');
    const sha = shop.commit('first');
    expect(await git.check?.(testContext(settingsFor(shop)))).toEqual({ ok: true, lines: [`shop: HEAD is ${sha.slice(0, 12)}`] });
  });
});
