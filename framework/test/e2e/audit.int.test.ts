import { describeWith, startMongo, type Mongo } from '../../../tools/servers';
import { newId } from '../../src/shared';
import { folderWith, startProcess, type Folder, type RunningFramework } from './framework-process';
import { until } from './until';

interface Said {
  readonly messageId: string;
  readonly messageText: string;
  readonly originator: { readonly server: string };
}

describeWith({ needs: ['mongo'] }, 'the audit log of two processes on one database', () => {
  let mongo: Mongo;
  let folder: Folder;
  beforeAll(async () => {
    mongo = await startMongo();
    folder = folderWith({
      mongodb: { url: `${mongo.url.replace(/\/$/, '')}/audit_${newId()}?serverSelectionTimeoutMS=1000` },
      integrations: [{ identifier: 'shop', source: { type: 'jira', authentication: 'none' }, pipelines: [{ name: 'p', sinks: [{ type: 'fake' }] }] }],
    });
  });
  afterAll(async () => {
    await mongo?.stop();
    folder?.remove();
  });

  const cohortOf = async (framework: RunningFramework): Promise<readonly string[]> => {
    const { records } = await framework.get<{ records: Said[] }>('/api/v1/audit?severity=COHORT');
    return records.map(({ messageId, originator }) => `${messageId} ${originator.server.split('/').at(-1)}`).reverse();
  };

  it('tells who stands by, who gave up the store and who took it over; a store that goes away holds up no stop', async () => {
    const holder = await startProcess(folder);
    await until('it owns the store', async () => (await holder.call('GET', '/health/ready')).status === 200);
    const standby = await startProcess(folder, { DATA_DIR: 'other' });
    try {
      const told = [`STORE-0001 ${holder.pid}`, `STORE-0003 ${standby.pid}`];
      await until('it is told that it stands by', async () => (await cohortOf(holder)).length === 2);
      expect(await cohortOf(holder)).toEqual(told);
      expect((await holder.stop()).code).toBe(0);
      await until('it took over', async () => (await standby.call('GET', '/health/ready')).status === 200);
      await until('that is told', async () => (await cohortOf(standby)).length === 4);
      expect(await cohortOf(standby)).toEqual([...told, `STORE-0004 ${holder.pid}`, `STORE-0001 ${standby.pid}`]);
      await mongo.kill();
      await until('it lost the store, and says that its records cannot be stored', () => /STORE-0002/.test(standby.stderr()) && /AUDIT-LOG-0001/.test(standby.stderr()));
    } finally {
      await holder.stop();
      expect((await standby.stop()).code).toBe(0);
    }
    expect(standby.stderr()).not.toMatch(/STORE-0004/);
  });
});
