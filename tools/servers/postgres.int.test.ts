import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { describeWith, startPostgres, type PostgresServer } from '.';

const connect = async ({ host, port, user, password }: PostgresServer, options = {}): Promise<Client> => {
  const client = new Client({ host, port, user, password, database: 'postgres', ...options });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

describeWith({ needs: ['postgres'] }, 'startPostgres', () => {
  it('gives a server that asks for the password, survives a crash with its data, and is gone after stop', async () => {
    const server = await startPostgres({ settings: { log_statement: 'all' } });
    const pid = server.pid()!;
    try {
      await expect(connect({ ...server, password: 'wrong' })).rejects.toThrow('password authentication failed');
      const client = await connect(server);
      await client.query('CREATE TABLE kept (id int)');
      const broken = new Promise((resolve) => client.once('end', resolve));
      await server.kill();
      await broken;
      await expect(connect(server)).rejects.toThrow('ECONNREFUSED');
      await server.start();
      const again = await connect(server);
      expect((await again.query('SELECT count(*)::int AS n FROM kept')).rows).toEqual([{ n: 0 }]);
      await again.end();
      expect(server.log.some((line) => line.includes('CREATE TABLE kept'))).toBe(true);
    } finally {
      await server.stop();
    }
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('speaks TLS with a certificate of its own authority', async () => {
    const server = await startPostgres({ tls: true });
    try {
      const client = await connect(server, { ssl: { rejectUnauthorized: false } });
      expect((await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()')).rows).toEqual([{ ssl: true }]);
      await client.end();
    } finally {
      await server.stop();
    }
  });

  it('ends with the process that started it, however that ends', async () => {
    const hook = path.join(__dirname, '..', '..', 'framework', 'bin', 'hook.js');
    const script = `require(${JSON.stringify(hook)}); require(${JSON.stringify(path.join(__dirname, 'postgres.ts'))}).startPostgres().then((s) => console.log(s.pid()));`;
    // Nobody is left to remove its data.
    const folder = await mkdtemp(path.join(tmpdir(), 'orphan-'));
    await chmod(folder, 0o755);
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: folder } });
    const pid = Number((await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next()).value);
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill('SIGKILL');
    // The time limit of the test is the deadline.
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch (err) {
        expect(err).toMatchObject({ code: 'ESRCH' });
        return rm(folder, { recursive: true });
      }
      await new Promise((again) => setTimeout(again, 20));
    }
  });
});
