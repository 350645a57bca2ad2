import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Secret } from '../../contract';
import { recordedLog } from '../../testkit/recorded-log';
import type { Json } from '../../shared';
import { createRpcPlugin } from './rpc-plugin';
import { context, created, dataOf, event } from './test/event';
import { manualClock, until, type ManualClock } from './test/manual-clock';
import type { Processed, Processor, ProcessorContext } from './types';

const python = { modulePath: 'python3', args: [path.join(__dirname, 'test/plugin.py')] };
const node = { modulePath: process.execPath, args: [path.join(__dirname, 'test/plugin.js')] };

const running = new Set<Processor>();
afterEach(async () => {
  for (const processor of running) await processor.close?.();
  running.clear();
});
const plugin = (config: Readonly<Record<string, unknown>>, other: Partial<ProcessorContext> = {}): Processor => {
  const processor = created(createRpcPlugin, { type: 'rpc-plugin', ...config }, other);
  running.add(processor);
  return processor;
};
const send = async (processor: Processor, data: Json): Promise<Processed> => processor.process(event(data));
const pass = async (clock: ManualClock, ms: number): Promise<void> => {
  await until(() => clock.asleep().includes(ms), `a wait of ${ms} ms`);
  clock.advance(ms);
};
/** Lets the waits before restarts pass until the promise is settled. */
async function restarting<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const settle = (): void => void (settled = true);
  void promise.then(settle, settle);
  const restart = (): number | undefined => clock.asleep().find((ms) => [500, 1_000, 2_000, 4_000].includes(ms));
  for (;;) {
    await until(() => settled || restart() !== undefined);
    if (settled) return promise;
    clock.advance(restart() ?? 0);
  }
}
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a plugin in Python, by stdio', () => {
  test('it changes data and event type, discards, and refuses', async () => {
    const one = plugin(python);
    const result = await send(one, { n: 9007199254740995n });
    expect(result).toEqual({ is: 'event', event: { ...event(null), eventType: 'changed', data: { n: 9007199254740995n, by: 'python', keys: [{ name: 'id', value: '10001' }] } } });
    expect(await send(one, { do: 'discard' })).toEqual({ is: 'discard', reason: 'unwanted' });
    expect(await send(one, { do: 'refuse' })).toEqual({ is: 'dead', code: 'PLUGIN_FAILED', message: 'E1 no, by ' });
    expect(one.trouble?.()).toBe('E1 no, by ');
  });

  test('its environment is PATH and what is configured; secrets it prints are withheld', async () => {
    const log = recordedLog();
    const one = plugin({ ...python, env: { TOKEN: new Secret('hunter2'), PLAIN: 'x' } }, { log });
    process.env['FRAMEWORK_SECRET_OF_TEST'] = 'inherited';
    const names = dataOf(await send(one, { do: 'environment' })) as readonly string[];
    delete process.env['FRAMEWORK_SECRET_OF_TEST'];
    expect(names).toEqual(expect.arrayContaining(['PATH', 'PLAIN', 'TOKEN']));
    expect(names).not.toContain('FRAMEWORK_SECRET_OF_TEST');
    expect(names).not.toContain('HOME');
    await until(() => log.lines.some((line) => line.includes('started with [redacted]')));
    expect(await send(one, { do: 'refuse' })).toMatchObject({ message: 'E1 no, by [redacted]' });
    expect(log.lines.join('\n')).not.toContain('hunter2');
    expect(log.lines.every((line) => line.includes("pipeline: 'jira-main/0'"))).toBe(true);
  });

  test('a crash is a try; the third is a dead letter, and the next event finds it running', async () => {
    const clock = manualClock();
    const one = plugin(python, { clock });
    const bad = send(one, { do: 'crash' });
    const good = send(one, {});
    for (const wait of [500, 1_000, 2_000]) await pass(clock, wait);
    expect(await bad).toEqual({ is: 'dead', code: 'PLUGIN_CRASHED', message: 'it exited with code 3; 3 times' });
    expect(dataOf(await good)).toMatchObject({ by: 'python' });
    expect(one.trouble?.()).toBeUndefined();
  });

  test('an answer that comes late is dropped', async () => {
    const clock = manualClock();
    const one = plugin({ ...python, concurrency: 2 }, { clock });
    const silent = send(one, { do: 'silent' });
    await pass(clock, 5_000);
    await until(() => clock.asleep().filter((ms) => ms === 5_000).length === 1);
    // Both tries are answered now; only the second still waits for it.
    expect(dataOf(await send(one, { do: 'late' }))).toBe('in time');
    expect(dataOf(await silent)).toBe('late');
    expect(dataOf(await send(one, {}))).toMatchObject({ by: 'python' });
  });

  test('silence is a dead letter after three tries, and a restart', async () => {
    const clock = manualClock();
    const one = plugin({ ...python, timeout: '2s' }, { clock });
    const silent = send(one, { do: 'silent' });
    for (let n = 0; n < 3; n++) await pass(clock, 2_000);
    expect(await silent).toEqual({ is: 'dead', code: 'PLUGIN_TIMEOUT', message: 'no answer within 2000 ms, 3 times' });
    const next = send(one, {});
    await pass(clock, 500);
    expect(dataOf(await next)).toMatchObject({ by: 'python' });
  });

  test('a line that is no answer is a crash', async () => {
    const clock = manualClock();
    const one = plugin(python, { clock });
    const bad = send(one, { do: 'garbage' });
    for (const wait of [500, 1_000]) await pass(clock, wait);
    expect(await bad).toEqual({ is: 'dead', code: 'PLUGIN_CRASHED', message: 'it wrote a line to stdout that is no answer; 3 times' });
  });

  test('an event beyond 32 MiB is not sent', async () => {
    const one = plugin(python);
    expect(await send(one, { text: 'x'.repeat(33 * 1024 * 1024) })).toEqual({ is: 'dead', code: 'PLUGIN_FAILED', message: 'TOO_LARGE the event has more than 32 MiB' });
    expect(dataOf(await send(one, {}))).toMatchObject({ by: 'python' });
  });

  test('one that heeds neither shutdown nor SIGTERM is killed, with its children', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'plugin-'));
    const wrapper = path.join(folder, 'wrapper');
    // A shell in between, as wrappers are: ending the shell alone would leave the plugin.
    fs.writeFileSync(wrapper, `#!/bin/sh\necho $$ > '${folder}/pid'\ntrap '' TERM\npython3 '${python.args[0]!}'\n`, { mode: 0o755 });
    const clock = manualClock();
    const one = plugin({ modulePath: './wrapper', initOptions: { stubborn: true } }, { clock, folder });
    expect(dataOf(await send(one, {}))).toMatchObject({ by: 'python' });
    const pid = Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8'));
    const closing = one.close?.();
    await pass(clock, 5_000);
    expect(isAlive(pid)).toBe(true);
    await pass(clock, 5_000);
    await closing;
    await until(() => !isAlive(pid));
    fs.rmSync(folder, { recursive: true });
  });

  test('close asks it to shut down, and it ends by itself', async () => {
    const clock = manualClock();
    const one = plugin(python, { clock });
    await send(one, {});
    await one.close?.();
    expect(clock.asleep()).toEqual([]);
  });
});

describe('a plugin in Node, by stdio', () => {
  test('two in flight, as it asks; answers in any order', async () => {
    const one = plugin({ ...node, concurrency: 5 });
    const held = send(one, { do: 'hold' });
    expect(dataOf(await send(one, { n: 1 }))).toEqual({ n: 1, by: 'node' });
    expect(await send(one, { do: 'discard' })).toEqual({ is: 'discard', reason: 'plugin' });
    await send(one, { do: 'release' });
    expect(dataOf(await held)).toBe('released');
  });

  test('the culprit of a crash becomes a dead letter, and no other', async () => {
    const clock = manualClock();
    const one = plugin({ ...node, concurrency: 2 }, { clock });
    const all = [{ n: 1 }, { do: 'crash' }, { n: 2 }, { n: 3 }].map((data) => send(one, data));
    const results = await restarting(clock, Promise.all(all));
    expect(results.map((one) => (one.is === 'dead' ? one.code : one.is))).toEqual(['event', 'PLUGIN_CRASHED', 'event', 'event']);
  });

  test('500 events', async () => {
    const one = plugin({ ...node, concurrency: 2 });
    const results = await Promise.all(Array.from({ length: 500 }, (_, n) => send(one, { n })));
    expect(results.map((result) => (dataOf(result) as { readonly n: number }).n)).toEqual(Array.from({ length: 500 }, (_, n) => n));
  });
});

describe('a plugin behind a URL', () => {
  const servers = new Set<http.Server>();
  afterEach(() => {
    for (const server of servers) server.close().closeAllConnections();
    servers.clear();
  });
  type Reply = { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } | 'break' | 'silence';
  const serve = async (reply: (method: string, message: { readonly id: string; readonly params?: Json }) => Reply, port = 0): Promise<string> => {
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const message = JSON.parse(Buffer.concat(chunks).toString()) as { readonly id: string };
        const answer = reply((request.url ?? '').replace('/plugin/', ''), message);
        if (answer === 'break') return void request.socket.destroy();
        if (answer === 'silence') return;
        response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
        response.end(answer.body === undefined ? undefined : JSON.stringify({ id: message.id, ...(answer.body as object) }));
      });
    });
    servers.add(server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/plugin/`;
  };
  const ok: Reply = { body: { result: {} } };

  test('init, process, shutdown are POSTs; 204 discards', async () => {
    const seen: string[] = [];
    const url = await serve((method, message) => {
      seen.push(`${method} ${JSON.stringify(message.params ?? null)}`);
      if (method !== 'process') return ok;
      return seen.length === 2 ? { body: { result: { event: { data: 'changed' } } } } : { status: 204 };
    });
    const one = plugin({ url, initOptions: { a: 1 } });
    expect(dataOf(await send(one, 'x'))).toBe('changed');
    expect(await send(one, 'y')).toEqual({ is: 'discard', reason: 'plugin' });
    await one.close?.();
    expect(seen.map((line) => line.split(' ')[0])).toEqual(['init', 'process', 'process', 'shutdown']);
    expect(seen[0]).toBe('init {"protocol":1,"integration":"jira-main","pipeline":"jira-main/0","options":{"a":1}}');
    expect(JSON.parse(seen[1]!.slice('process '.length))).toEqual({
      event: { id: 'e1', source: 'jira-main', eventType: 'jira:issue_updated', operation: 'write', kind: 'issue', keys: [{ name: 'id', value: '10001' }], receivedAt: '2026-02-03T04:05:06.000Z', data: 'x' },
    });
  });

  test.each([
    [408, [500, 1_000]],
    [429, [500, 1_000]],
    [503, [500, 1_000]],
    [400, []],
    [404, []],
  ])('status %s, waits %j, then a dead letter', async (status, waits) => {
    let calls = 0;
    const url = await serve((method) => (method === 'process' ? (calls++, { status }) : ok));
    const clock = manualClock();
    const done = send(plugin({ url }, { clock }), 'x');
    for (const wait of waits) await pass(clock, wait);
    expect(await done).toEqual({ is: 'dead', code: 'PLUGIN_FAILED', message: `${status} the plugin answered ${status}` });
    expect(calls).toBe(waits.length + 1);
  });

  test('Retry-After is heeded', async () => {
    let calls = 0;
    const url = await serve((method) => (method !== 'process' ? ok : calls++ === 0 ? { status: 429, headers: { 'retry-after': '7' } } : { status: 204 }));
    const clock = manualClock();
    const done = send(plugin({ url }, { clock }), 'x');
    await pass(clock, 7_000);
    expect((await done).is).toBe('discard');
  });

  test('a broken connection is a crash, silence a timeout, a wrong body a crash', async () => {
    let reply: Reply = 'break';
    const url = await serve((method) => (method === 'process' ? reply : ok));
    const clock = manualClock();
    const one = plugin({ url }, { clock });
    const broken = send(one, 'x');
    for (const wait of [500, 1_000]) await pass(clock, wait);
    expect(await broken).toMatchObject({ is: 'dead', code: 'PLUGIN_CRASHED' });
    reply = 'silence';
    const silent = send(one, 'y');
    await pass(clock, 2_000);
    for (let n = 0; n < 3; n++) await pass(clock, 5_000);
    expect(await silent).toMatchObject({ is: 'dead', code: 'PLUGIN_TIMEOUT' });
    reply = { body: { neither: true } };
    const wrong = send(one, 'z');
    for (const wait of [4_000, 8_000, 16_000]) await pass(clock, wait);
    expect(await wrong).toMatchObject({ is: 'dead', code: 'PLUGIN_CRASHED', message: 'it answered 200 with a body that is no answer; 3 times' });
  });

  test('events wait for one that is not there, and lose no try', async () => {
    const first = await serve(() => ok);
    const port = Number(new URL(first).port);
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    const clock = manualClock();
    const one = plugin({ url: first }, { clock });
    const done = send(one, 'x');
    for (const wait of [500, 1_000, 2_000, 4_000]) {
      await until(() => clock.asleep().includes(wait));
      expect(one.trouble?.()).toBe('it does not start: it cannot be reached (ECONNREFUSED)');
      if (wait < 4_000) clock.advance(wait);
    }
    await serve((method) => (method === 'process' ? { body: { result: { event: { data: 'there' } } } } : ok), port);
    clock.advance(4_000);
    expect(dataOf(await done)).toBe('there');
  });
});

describe('the configuration', () => {
  const problemsOf = (config: Readonly<Record<string, unknown>>, folder = __dirname): readonly string[] => createRpcPlugin(config, context({ folder })).problems.map(({ path: at, code }) => `${at} ${code}`);
  test.each([
    [{}, ['modulePath CONFIG_REQUIRED']],
    [{ modulePath: 'python3', url: 'http://localhost' }, ['url CONFIG_INVALID']],
    [{ modulePath: './not-there' }, ['modulePath PLUGIN_MISSING']],
    [{ modulePath: 'no-such-command-anywhere' }, ['modulePath PLUGIN_MISSING']],
    [{ modulePath: './test/plugin.py' }, ['modulePath PLUGIN_MISSING']],
    [{ modulePath: './test' }, ['modulePath PLUGIN_MISSING']],
    [{ url: 'ftp://localhost' }, ['url CONFIG_TYPE']],
    [{ url: 'http://user:pass@localhost' }, ['url CONFIG_TYPE']],
    [{ url: 'localhost:80' }, ['url CONFIG_TYPE']],
    [{ modulePath: 'python3', env: { A: 1, 'B.C': [] } }, ['env.A CONFIG_TYPE', 'env["B.C"] CONFIG_TYPE']],
    [{ modulePath: 'python3', timeout: 5, concurrency: 0, args: 'x' }, ['args CONFIG_TYPE', 'timeout CONFIG_TYPE', 'concurrency CONFIG_LIMIT']],
    [{ modulePath: 'python3', timeout: '0s' }, ['timeout CONFIG_LIMIT']],
    [{ modulePath: 'python3' }, []],
    [{ url: 'http://localhost:1/x/' }, []],
  ])('%j', (config, problems) => {
    expect(problemsOf(config)).toEqual(problems);
  });
});
