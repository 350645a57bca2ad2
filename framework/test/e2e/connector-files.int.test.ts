import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { resync } from './observe';
import { oneConnector, type OneConnector, type View } from './one-connector';

describe('the files below a folder in the catalog and the portal', () => {
  let root: string;
  let connector: OneConnector;
  const files: View = { blueprint: 'dataFile', value: ({ properties }) => properties['name'] };
  const columns: View = { blueprint: 'schemaAttribute', value: ({ properties }) => `${String(properties['displayName'])} ${String(properties['dataType'])}` };
  const write = async (name: string, text: string): Promise<void> => {
    await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await fs.writeFile(path.join(root, name), text);
  };
  const remove = (name: string): Promise<void> => fs.rm(path.join(root, name), { recursive: true });

  beforeAll(async () => {
    root = await fs.mkdtemp(path.join(os.tmpdir(), 'landing-'));
    await write('orders.csv', 'id,amount\n1,2.5\n2,3.5\n');
    await write('2026/notes.txt', 'nothing to see');
    connector = oneConnector({ identifier: 'landing', type: 'files', resync: { every: '60m' }, connection: { endpoint: { address: `file://${root}` } } });
  });
  afterAll(async () => {
    await connector?.end();
    await fs.rm(root, { recursive: true, force: true });
  });

  it('the watched folder tells what comes, changes and goes, with the columns of tables', async () => {
    await connector.start();
    await connector.follows('what is there', files, ['notes.txt', 'orders.csv']);
    await connector.follows('its columns', columns, ['amount number', 'id integer']);
    await write('2026/05/returns.csv', 'order\n7\n');
    await write('orders.csv', 'id,amount,paid\n1,2.5,true\n');
    await connector.follows('a new file in a new folder', files, ['notes.txt', 'orders.csv', 'returns.csv']);
    await connector.follows('a column more', columns, ['amount number', 'id integer', 'order integer', 'paid boolean']);
    await remove('2026/05');
    await connector.follows('a folder that went', files, ['notes.txt', 'orders.csv']);
    await connector.follows('with its columns', columns, ['amount number', 'id integer', 'paid boolean']);
  });

  it('a refresh brings what is so at its end', async () => {
    await write('refunds.csv', 'order\n7\n');
    await remove('2026/notes.txt');
    expect(await resync(connector.running, 'landing')).toMatchObject({ state: 'completed' });
    expect(await connector.sees(files)).toEqual({ catalog: ['orders.csv', 'refunds.csv'], portal: ['orders.csv', 'refunds.csv'] });
  });

  it('a process that is killed while files come and go has them right after its next start', async () => {
    const changes = (async () => {
      for (const name of ['a.csv', 'b.csv', 'c.csv']) await write(name, 'x\n1\n');
      await remove('refunds.csv');
    })();
    await connector.kill();
    await changes;
    await remove('b.csv');
    await write('orders.csv', 'id\n1\n');
    await connector.start();
    await connector.follows('the files of now', files, ['a.csv', 'c.csv', 'orders.csv']);
    await connector.follows('the columns of now', columns, ['id integer', 'x integer', 'x integer']);
  });
});
