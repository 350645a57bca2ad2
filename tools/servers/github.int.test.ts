import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describeWith, startGithubEmulator } from '.';

describeWith({ needs: ['github'] }, 'startGithubEmulator', () => {
  it('gives a server that keeps what it is told, apart from others', async () => {
    const [one, other] = await Promise.all([startGithubEmulator({ tokens: { t: 'ada' }, users: ['ada'] }), startGithubEmulator({ tokens: { t: 'ada' }, users: ['ada'] })]);
    try {
      const headers = { authorization: 'Bearer t', 'content-type': 'application/json' };
      expect((await fetch(`${one.url}/user/repos`, { method: 'POST', headers, body: JSON.stringify({ name: 'notes' }) })).status).toBe(201);
      const names = async (url: string): Promise<unknown> => ((await (await fetch(`${url}/user/repos`, { headers })).json()) as { name: string }[]).map(({ name }) => name);
      expect([await names(one.url), await names(other.url)]).toEqual([['notes'], []]);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
    expect(() => process.kill(one.pid, 0)).toThrow('ESRCH');
  });

  it('ends with the process that started it, however that ends', async () => {
    const hook = path.join(__dirname, '..', '..', 'framework', 'bin', 'hook.js');
    const script = `require(${JSON.stringify(hook)}); require(${JSON.stringify(path.join(__dirname, 'github.ts'))}).startGithubEmulator({ tokens: {} }).then((g) => console.log(g.pid));`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number((await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next()).value);
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill('SIGKILL');
    for (;;) {
      try {
        process.kill(pid, 0);
      } catch (err) {
        expect(err).toMatchObject({ code: 'ESRCH' });
        return;
      }
      await new Promise((again) => setTimeout(again, 20));
    }
  });
});
