import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { watchDelay } from './watch-delay';
import { attribute, runAs, type Owner } from './attribute';
import { START } from './test/stage';
import { settle, timeline } from './test/timeline';

const owner = (name: string, seen: string[]): Owner => ({ name, stray: (thrown) => void seen.push(`${name}: ${String(thrown)}`) });

test('what a connector starts belongs to it, also later, and to nobody else', async () => {
  const seen: string[] = [];
  const later = runAs(owner('a', seen), async () => {
    await settle();
    return attribute('from a');
  });
  runAs(owner('b', seen), () => attribute('from b'));
  expect(attribute('from nobody')).toBe(false);
  expect(await later).toBe(true);
  expect(seen).toEqual(['b: from b', 'a: from a']);
});

test('in a real process: a throwing timer and a lost promise are of the connector that left them, and end nothing', async () => {
  const folder = path.join(__dirname, '../../..');
  const { stdout } = await promisify(execFile)(process.execPath, ['-r', path.join(folder, 'bin/hook.js'), path.join(__dirname, 'test/stray-child.ts')], { timeout: 50_000 });
  expect(JSON.parse(stdout)).toEqual({
    strays: [
      ['leaking', 'the integration failed: from a promise'],
      ['leaking', 'the integration failed: from a timer'],
    ],
    nobodys: ['Error: of nobody'],
    during: 'DEGRADED',
    after: 'WAITING',
    healthy: ['WAITING', 1],
  });
});

test('the time that nobody could do anything is measured', async () => {
  const clock = timeline(START);
  const delays: number[] = [];
  const stop = new AbortController();
  const ended = watchDelay(clock, (delay) => void delays.push(delay), stop.signal);
  await clock.advance(10_000);
  clock.block(7_000);
  await clock.advance(10_000);
  stop.abort();
  await ended;
  expect(delays).toEqual([6_000]);
});
