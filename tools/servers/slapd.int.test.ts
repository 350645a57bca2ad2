import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'ldapts';
import { describeWith, startSlapd, type SlapdServer } from '.';

const LDIF = 'dn: dc=acme,dc=example\nobjectClass: dcObject\nobjectClass: organization\ndc: acme\no: Acme\n';

async function asRoot<T>({ host, port, rootDn, rootPassword }: SlapdServer, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url: `ldap://${host}:${port}` });
  try {
    await client.bind(rootDn, rootPassword);
    return await work(client);
  } finally {
    await client.unbind();
  }
}

describeWith({ needs: ['slapd'] }, 'startSlapd', () => {
  it('gives a directory that asks for the password, survives a crash with its data, and is gone after stop', async () => {
    const server = await startSlapd({ ldif: LDIF });
    const pid = server.pid()!;
    try {
      await expect(asRoot({ ...server, rootPassword: 'wrong' }, async () => undefined)).rejects.toMatchObject({ code: 49 });
      await asRoot(server, (client) => client.add('ou=kept,dc=acme,dc=example', { objectClass: 'organizationalUnit', ou: 'kept' }));
      await server.kill();
      await expect(asRoot(server, async () => undefined)).rejects.toThrow('ECONNREFUSED');
      await server.start();
      const { searchEntries } = await asRoot(server, (client) => client.search('dc=acme,dc=example', { filter: '(ou=kept)' }));
      expect(searchEntries.map(({ dn }) => dn)).toEqual(['ou=kept,dc=acme,dc=example']);
      expect(server.log.some((line) => line.includes('SRCH base="dc=acme,dc=example"'))).toBe(true);
    } finally {
      await server.stop();
    }
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('ends with the process that started it, however that ends', async () => {
    const hook = path.join(__dirname, '..', '..', 'framework', 'bin', 'hook.js');
    const script = `require(${JSON.stringify(hook)}); require(${JSON.stringify(path.join(__dirname, 'slapd.ts'))}).startSlapd({ ldif: ${JSON.stringify(LDIF)} }).then((s) => console.log(s.pid()));`;
    // Nobody is left to remove its data.
    const folder = await mkdtemp(path.join(tmpdir(), 'orphan-'));
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
