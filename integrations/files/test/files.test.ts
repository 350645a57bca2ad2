import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError } from '@integration-framework/framework';
import { stageConnector, type StagedConnector } from '@integration-framework/framework/testkit';
import files from '../src/index';
import type { FilesSettings } from '../src/settings';

let root: string;
const open: StagedConnector[] = [];
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'files-'));
  await chmod(root, 0o755);
});
afterEach(async () => {
  for (const one of open.splice(0)) {
    await one.disconnect();
    expect(one.refused).toEqual([]);
  }
  execFileSync('chmod', ['-R', 'u+rwx', root], { stdio: 'ignore' });
  await rm(root, { recursive: true, force: true });
});
const at = (...parts: string[]): string => path.join(root, ...parts);
function stage(settings: Partial<FilesSettings> = {}, address = root, name?: string): StagedConnector {
  const one = stageConnector({ integration: files, settings: { maxBytes: 262_144, ...settings }, endpoint: { address, ...(name !== undefined && { name }) } });
  open.push(one);
  return one;
}
async function started(...given: Parameters<typeof stage>): Promise<StagedConnector> {
  const one = stage(...given);
  await one.start();
  await one.refresh();
  return one;
}
const short = (one: StagedConnector, blueprint: 'fileFolder' | 'dataFile' | 'schemaType' | 'schemaAttribute'): string[] => [...one.elements(blueprint).keys()].map((id) => id.replace(root, '')).sort();
const until = async (isTrue: () => boolean): Promise<void> => {
  const deadline = Date.now() + 30_000; // only so that a failing test ends
  while (!isTrue() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(isTrue()).toBe(true);
};

describe('a tree of folders', () => {
  it('folders and files, with the structure of data files', async () => {
    await mkdir(at('in', 'deep'), { recursive: true });
    await writeFile(at('in', 'deep', 'people.csv'), 'id,name\n1,Ann\n');
    await writeFile(at('in', 'order.json'), '{"id":1,"lines":[{"sku":"a"}]}');
    await writeFile(at('read me.txt'), 'text');
    await utimes(at('read me.txt'), 1_700_000_000, 1_700_000_000);
    const one = await started();
    expect(short(one, 'fileFolder')).toEqual(['', '/in', '/in/deep']);
    expect(short(one, 'dataFile')).toEqual(['/in/deep/people.csv', '/in/order.json', '/read=20me.txt']);
    expect(short(one, 'schemaType')).toEqual(['/in/deep/people.csv', '/in/order.json']);
    expect(short(one, 'schemaAttribute')).toEqual(['/in/deep/people.csv::id', '/in/deep/people.csv::name', '/in/order.json::id', '/in/order.json::lines', '/in/order.json::lines::sku']);
    expect(one.elements('dataFile').get(`${root}/read=20me.txt`)).toMatchObject({ properties: { name: 'read me.txt', pathName: at('read me.txt'), qualifiedName: `DataFile::${at('read me.txt')}`, modifiedTime: '2023-11-14T22:13:20.000Z', fileType: 'txt', additionalProperties: { size: '4' } }, relations: { fileFolder: root } });
    expect(one.elements('dataFile').get(`${root}/in/deep/people.csv`)?.properties).toMatchObject({ typeName: 'CSVFile', encodingType: 'UTF-8' });
    expect(one.elements('schemaAttribute').get(`${root}/in/order.json::lines::sku`)).toMatchObject({ properties: { typeName: 'DocumentSchemaAttribute', dataType: 'string' }, relations: { parentSchemaAttribute: `${root}/in/order.json::lines` } });
  });

  it('the catalog follows: written, renamed, removed, another kind under the same name', async () => {
    await mkdir(at('a'));
    await writeFile(at('a', 'x.csv'), 'id,name\n1,Ann\n');
    await writeFile(at('y'), '');
    const one = await started();
    await writeFile(at('a', 'x.csv'), 'id,born\n1,1990-01-01\n');
    await one.refresh();
    expect(short(one, 'schemaAttribute')).toEqual(['/a/x.csv::born', '/a/x.csv::id']);
    await rename(at('a'), at('b'));
    await unlink(at('y'));
    await mkdir(at('y'));
    await one.refresh();
    expect(short(one, 'fileFolder')).toEqual(['', '/b', '/y']);
    expect(short(one, 'dataFile')).toEqual(['/b/x.csv']);
    expect(short(one, 'schemaAttribute')).toEqual(['/b/x.csv::born', '/b/x.csv::id']);
    await rm(at('b'), { recursive: true });
    await one.refresh();
    expect(short(one, 'dataFile')).toEqual([]);
    expect(short(one, 'schemaType')).toEqual([]);
  });

  it('names of any bytes', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff]), Buffer.from('.csv')]), 'a,b\n1,2\n');
    await writeFile(Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xfe]), Buffer.from('.csv')]), 'c\nx\n');
    await writeFile(at('ü'), '');
    await writeFile(at('u\u0308'), '');
    await writeFile(at('new\nline ::'), '');
    await mkdir(at('日本'));
    const one = await started();
    expect(short(one, 'dataFile')).toEqual(['/a=FE.csv', '/a=FF.csv', '/new=0Aline=20=3A=3A', '/u=CC=88', '/ü']);
    expect(short(one, 'schemaAttribute')).toEqual(['/a=FE.csv::c', '/a=FF.csv::a', '/a=FF.csv::b']);
    expect(short(one, 'fileFolder')).toEqual(['', '/日本']);
  });

  it('links are not followed; neither files outside nor a circle come in; pipes are not waited for', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'outside-'));
    await writeFile(path.join(outside, 'secret.csv'), 'a,b\n');
    await symlink(outside, at('out'));
    await symlink(path.join(outside, 'secret.csv'), at('secret.csv'));
    await symlink('.', at('circle'));
    execFileSync('mkfifo', [at('pipe.csv')]);
    const one = await started();
    expect(short(one, 'fileFolder')).toEqual(['']);
    expect(short(one, 'dataFile')).toEqual([]);
    await rm(outside, { recursive: true });
  });

  it('include and exclude; only folders that hold something', async () => {
    for (const folder of ['data/x', 'tmp', 'none']) await mkdir(at(folder), { recursive: true });
    for (const name of ['data/x/a.csv', 'data/.b.csv', 'data/c.txt', 'tmp/d.csv']) await writeFile(at(name), 'x\n');
    const one = await started({ include: ['**/*.csv'], exclude: ['tmp/**'] });
    expect(short(one, 'dataFile')).toEqual(['/data/.b.csv', '/data/x/a.csv']);
    expect(short(one, 'fileFolder')).toEqual(['', '/data', '/data/x']);
  });

  it('a name of the machine stands before the paths; a link may be the root; a URL may name it', async () => {
    await mkdir(at('real x'));
    await writeFile(at('real x', 'f'), '');
    await symlink(at('real x'), at('link'));
    expect([...(await started({}, `file://${root}/real%20x/`, 'nas1')).elements('dataFile').keys()]).toEqual([`nas1:${root}/real=20x/f`]);
    expect([...(await started({}, at('link'))).elements('dataFile').keys()]).toEqual([`${root}/link/f`]);
  });
});

it('50,000 files in 500 folders: all of them, twice, in pages', async () => {
  const script = 'for d in $(seq 500); do mkdir -p "$0/d$d"; done; cd "$0"; seq 50000 | awk \'{ f = "d" (1 + $1 % 500) "/f" $1 ($1 % 10 ? ".bin" : ".csv"); print "id,name\\n1,x" > f; close(f) }\'';
  execFileSync('sh', ['-c', script, root]);
  const one = await started();
  expect(one.elements('dataFile').size).toBe(50_000);
  expect(one.elements('fileFolder').size).toBe(501);
  expect(one.elements('schemaAttribute').size).toBe(10_000);
  await rm(at('d7'), { recursive: true });
  await one.refresh();
  expect(one.elements('dataFile').size).toBe(49_900);
});

describe('what cannot be read removes nothing', () => {
  it('a root that is away, or empty as an unmounted one is', async () => {
    await mkdir(at('top', 'in'), { recursive: true });
    await writeFile(at('top', 'in', 'a.csv'), 'a,b\n');
    const one = await started({}, at('top'));
    await rename(at('top'), at('away'));
    await expect(one.refresh()).rejects.toThrow(/ENOENT; is it mounted.*nothing was removed/);
    await mkdir(at('top'));
    await expect(one.refresh()).rejects.toThrow(/is empty, though files of it are known/);
    expect(short(one, 'dataFile')).toEqual(['/top/in/a.csv']);
    await mkdir(at('top', 'other'));
    await one.refresh();
    expect(short(one, 'dataFile')).toEqual([]);
    await rm(at('top', 'other'), { recursive: true });
    await expect(one.refresh()).rejects.toThrow(/is empty, though folders in it are known/);
    await writeFile(at('top', '.empty-on-purpose'), '');
    await one.refresh();
    expect(short(one, 'fileFolder')).toEqual(['/top']);
  });

  /** As somebody who is refused: the superuser never is. */
  async function asOther(work: () => Promise<void>): Promise<void> {
    if (process.getuid?.() !== 0) return work();
    process.setegid!(65_534);
    process.seteuid!(65_534);
    try {
      await work();
    } finally {
      process.seteuid!(0);
      process.setegid!(0);
    }
  }
  it('a folder without permission: nothing goes, what is new comes', async () => {
    await mkdir(at('locked'));
    await writeFile(at('locked', 'a.csv'), 'a,b\n');
    await writeFile(at('gone'), '');
    const one = await started();
    await chmod(at('locked'), 0);
    await unlink(at('gone'));
    await writeFile(at('new'), '');
    await asOther(() => expect(one.refresh()).rejects.toThrow(/locked \(EACCES\).*nothing was removed/));
    expect(short(one, 'dataFile')).toEqual(['/gone', '/locked/a.csv', '/new']);
    await chmod(at('locked'), 0o755);
    await one.refresh();
    expect(short(one, 'dataFile')).toEqual(['/locked/a.csv', '/new']);
  });
  it('a file without permission: it and its structure stay, other files go', async () => {
    await writeFile(at('a.csv'), 'a,b\n');
    await writeFile(at('gone'), '');
    await one();
    async function one(): Promise<void> {
      const staged = await started();
      await chmod(at('a.csv'), 0);
      await unlink(at('gone'));
      await asOther(() => expect(staged.refresh()).rejects.toThrow(/a\.csv \(EACCES\)/));
      expect(short(staged, 'dataFile')).toEqual(['/a.csv']);
      expect(short(staged, 'schemaAttribute')).toEqual(['/a.csv::a', '/a.csv::b']);
      expect(staged.elements('dataFile').get(`${root}/a.csv`)?.properties.typeName).toBe('CSVFile');
    }
  });
  it('a root without permission', async () => {
    await mkdir(at('top'));
    await writeFile(at('top', 'a'), '');
    const one = await started({}, at('top'));
    await chmod(at('top'), 0);
    await asOther(() => expect(one.refresh()).rejects.toThrow(/EACCES/));
    expect(short(one, 'dataFile')).toEqual(['/top/a']);
  });
  it('an abort ends it', async () => {
    await writeFile(at('a'), '');
    const one = await started();
    await one.disconnect();
    await expect(one.refresh()).rejects.toThrow();
    expect(short(one, 'dataFile')).toEqual(['/a']);
  });
});

describe('changes beside the comparison', () => {
  it('files that come and change are told at once, those that go by a comparison', async () => {
    await mkdir(at('in'));
    await writeFile(at('in', 'a.csv'), 'a,b\n1,2\n');
    const one = await started();
    await writeFile(at('in', 'b.csv'), 'c,d\n1,2\n');
    await until(() => one.elements('schemaAttribute').has(`${root}/in/b.csv::d`));
    await writeFile(at('in', 'a.csv'), 'a,b\n1,2\n3,4\n');
    await until(() => one.elements('dataFile').get(`${root}/in/a.csv`)?.properties.additionalProperties?.['size'] === '12');
    await unlink(at('in', 'b.csv'));
    await until(() => one.requested() > 0);
    await one.refresh();
    expect(short(one, 'dataFile')).toEqual(['/in/a.csv']);
  });
  it('fields that went, and folders, are compared; what is left out is no news', async () => {
    await writeFile(at('a.csv'), 'a,b\n1,2\n');
    const one = await started({ exclude: ['*.tmp'] });
    await writeFile(at('x.tmp'), '');
    await writeFile(at('marker'), '');
    await until(() => one.elements('dataFile').has(`${root}/marker`));
    expect(one.requested()).toBe(0);
    expect(short(one, 'dataFile')).toEqual(['/a.csv', '/marker']);
    await writeFile(at('a.csv'), 'a\nx\n');
    await until(() => one.requested() > 0);
    await one.refresh();
    expect(short(one, 'schemaAttribute')).toEqual(['/a.csv::a']);
    const before = one.requested();
    await mkdir(at('new', 'deep'), { recursive: true });
    await until(() => one.requested() > before);
    await one.refresh();
    expect(short(one, 'fileFolder')).toEqual(['', '/new', '/new/deep']);
  });
  it('the folder itself that goes and comes back is compared', async () => {
    await mkdir(at('top'));
    const one = await started({}, at('top'));
    await rename(at('top'), at('away'));
    await until(() => one.requested() > 0);
    await expect(one.refresh()).rejects.toThrow(/ENOENT/);
    const before = one.requested();
    await rename(at('away'), at('top'));
    await until(() => one.requested() > before);
    await one.refresh();
  });
});

it.each([[''], ['relative/path'], ['http://h/a'], ['file://elsewhere/a']])('the address %j cannot work: one message that says what to do', async (address) => {
  await expect(stage({}, address).start()).rejects.toThrow(ConfigError);
});
it('a file is no root; a root that is not there yet is waited for', async () => {
  await writeFile(at('file'), '');
  await expect(stage({}, at('file')).start()).rejects.toThrow(ConfigError);
  await expect(stage({}, at('later')).start()).rejects.toMatchObject({ code: 'SOURCE_NOT_READ', recovery: 'retry' });
});
