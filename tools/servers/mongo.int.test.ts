import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { MongoClient } from 'mongodb';
import { describeWith, startMongo } from '.';

async function withClient<T>(url: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await new MongoClient(url, { serverSelectionTimeoutMS: 5_000 }).connect();
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

describeWith({ needs: ['mongo'], own: true }, 'startMongo', () => {
  it('gives a server that refuses a second document of the same id', async () => {
    const mongo = await startMongo({ own: true });
    try {
      await withClient(mongo.url, async (client) => {
        const things = client.db('test').collection<{ _id: string }>('things');
        await things.insertOne({ _id: 'a' }, { writeConcern: { w: 'majority' } });
        await expect(things.insertOne({ _id: 'a' })).rejects.toMatchObject({ code: 11_000 });
      });
    } finally {
      await mongo.stop();
    }
    expect(() => process.kill(mongo.pid!, 0)).toThrow('ESRCH');
  });

  it('keeps what it acknowledged in a file when it is killed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mongo-'));
    const file = path.join(folder, 'data');
    try {
      const first = await startMongo({ file });
      await withClient(first.url, async (client) => {
        await client.db('test').collection<{ _id: number }>('things').insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
        await first.kill();
      });
      const second = await startMongo({ file });
      try {
        expect(await withClient(second.url, (client) => client.db('test').collection('things').countDocuments())).toBe(3);
      } finally {
        await second.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('ends with the process that started it, however that ends', async () => {
    const hook = path.join(__dirname, '..', '..', 'framework', 'bin', 'hook.js');
    const script = `require(${JSON.stringify(hook)}); require(${JSON.stringify(path.join(__dirname, 'mongo.ts'))}).startMongo({ own: true }).then((m) => console.log(m.pid));`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number((await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next()).value);
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill('SIGKILL');
    await gone(pid);
  });
});

/** Resolves when no process has this id any more; the time limit of the test is the deadline. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch (err) {
      expect(err).toMatchObject({ code: 'ESRCH' });
      return;
    }
    await new Promise((again) => setTimeout(again, 20));
  }
}
