import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describeWith, startMoto } from '.';

describeWith({ needs: ['moto'] }, 'startMoto', () => {
  it('gives a server of AWS, and stops it', async () => {
    const moto = await startMoto();
    try {
      const answer = await fetch(moto.url, { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request' } });
      expect(await answer.text()).toContain('ListAllMyBucketsResult');
    } finally {
      await moto.stop();
    }
    expect(() => process.kill(moto.pid, 0)).toThrow('ESRCH');
  });

  it('ends with the process that started it, however that ends', async () => {
    const hook = path.join(__dirname, '..', '..', 'framework', 'bin', 'hook.js');
    const script = `require(${JSON.stringify(hook)}); require(${JSON.stringify(path.join(__dirname, 'moto.ts'))}).startMoto().then((m) => console.log(m.pid));`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = Number((await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next()).value);
    expect(process.kill(pid, 0)).toBe(true);
    parent.kill('SIGKILL');
    // The time limit of the test is the deadline.
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
