import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { auditMessages, components, createAuditLog, openDestinations, type AuditRecord, type Destination } from '..';
import { handClock, type HandClock } from '../../../test/flow/hand-clock';
import { makeRecord } from '../test/make-record';
import { memoryStore } from '../test/memory-store';

const HOUR = 3_600_000;
let folder: string;
let file: string;
let clock: HandClock;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'audit-'));
  file = path.join(folder, 'logs', 'audit.ndjson');
  clock = handClock(Date.UTC(2026, 0, 1));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function open(more: Readonly<Record<string, number>> = {}): Destination {
  const means = { clock, store: memoryStore(), console: { write: () => undefined, format: 'pretty', level: 'info' } as const };
  return openDestinations([{ kind: 'file', ...{ path: file, maxBytes: 10_485_760, maxAge: 24 * HOUR, keep: 10, ...more } }, { kind: 'store' }], means)[0]!;
}
const now = (): AuditRecord => makeRecord('INFO', { timeStamp: new Date(clock.now()).toISOString() });
const files = (): string[] => fs.readdirSync(path.dirname(file)).sort();
const linesOf = (name: string): AuditRecord[] => fs.readFileSync(path.join(path.dirname(file), name), 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as AuditRecord);
const guids = (records: readonly AuditRecord[]): string[] => records.map(({ guid }) => guid);

it('writes one JSON object a line, to a file that only its owner reads', async () => {
  const destination = open();
  const records = [now(), now(), now()];
  await destination.write(records.slice(0, 2));
  await destination.write(records.slice(2));
  expect(linesOf('audit.ndjson')).toEqual(records);
  expect(fs.statSync(file).mode & 0o077).toBe(0);
});

it('puts a file aside before it becomes larger than maxBytes, within one batch too, and keeps the newest ones', async () => {
  const lineBytes = JSON.stringify(now()).length + 1;
  const destination = open({ maxBytes: 3 * lineBytes + 10, keep: 2 });
  const records = Array.from({ length: 11 }, now);
  await destination.write(records.slice(0, 2));
  await destination.write(records.slice(2));
  // 11 lines by 3: 4 files, of which the oldest of three put aside is gone.
  expect(files().map((name) => linesOf(name).length)).toEqual([3, 3, 2]);
  expect(files().flatMap((name) => guids(linesOf(name)))).toEqual(guids(records.slice(3)));
  for (const name of files()) expect(name).toMatch(/^audit\.(2026-01-01T00-00-00\.000Z-\d{3}\.)?ndjson$/);
});

it('writes a record that is larger than maxBytes alone', async () => {
  const destination = open({ maxBytes: 1_024 });
  const records = [now(), makeRecord('INFO', { messageText: 'x'.repeat(3_000) }), now()];
  await destination.write(records);
  expect(files().map((name) => guids(linesOf(name)))).toEqual(guids(records).map((guid) => [guid]));
});

it('puts a file aside when its first record is older than maxAge, also after a restart', async () => {
  const records = [now()];
  await open().write(records);
  clock.advance(23 * HOUR);
  records.push(now());
  await open().write(records.slice(1));
  expect(files()).toEqual(['audit.ndjson']);
  clock.advance(HOUR);
  records.push(now());
  await open().write(records.slice(2));
  expect(files()).toEqual(['audit.2026-01-02T00-00-00.000Z-000.ndjson', 'audit.ndjson']);
  expect(guids(linesOf('audit.ndjson'))).toEqual(guids(records.slice(2)));
});

it('removes nothing that it did not put aside', async () => {
  fs.mkdirSync(path.dirname(file));
  const others = ['audit.2025-backup.ndjson', 'audit.ndjson.1', 'audit.2026.ndjson', 'notes.txt'];
  for (const name of others) fs.writeFileSync(path.join(path.dirname(file), name), 'mine');
  const destination = open({ maxBytes: 1_024, keep: 0 });
  for (let at = 0; at < 10; at++) await destination.write([now()]);
  expect(files()).toEqual([...others, 'audit.ndjson'].sort());
});

it('goes on after half a line that a killed process left, and in a file that somebody else took away', async () => {
  const destination = open();
  const records = [now(), now()];
  await destination.write(records.slice(0, 1));
  fs.appendFileSync(file, '{"guid":"half');
  await destination.write(records.slice(1));
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  expect(lines.slice(0, 4)).toEqual([JSON.stringify(records[0]), '{"guid":"half', JSON.stringify(records[1]), '']);
  fs.rmSync(path.dirname(file), { recursive: true });
  await destination.write(records.slice(1));
  expect(linesOf('audit.ndjson')).toEqual(records.slice(1));
});

it('takes back what a full disk took, so that trying again writes each line once', async () => {
  const destination = open();
  const records = [now(), now(), now()];
  await destination.write(records.slice(0, 1));
  const prototype = await prototypeOfHandles();
  const whole = prototype.appendFile;
  const full = jest.spyOn(prototype, 'appendFile').mockImplementationOnce(async function (this: fs.promises.FileHandle, data) {
    await whole.call(this, (data as Buffer).subarray(0, 700));
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  await expect(destination.write(records.slice(1))).rejects.toThrow('ENOSPC');
  await destination.write(records.slice(1));
  full.mockRestore();
  expect(linesOf('audit.ndjson')).toEqual(records);
});

it('a folder that cannot be made stops nobody: the console of the log goes on, and the last try of the end writes what waited', async () => {
  fs.writeFileSync(path.dirname(file), 'in the way');
  const shown: string[] = [];
  const means = { clock, store: memoryStore(), console: { write: (line: string) => void shown.push(line), format: 'pretty', level: 'info' } as const };
  const destinations = openDestinations([{ kind: 'console' }, { kind: 'file', ...{ path: file, maxBytes: 10_000, maxAge: HOUR, keep: 1 } }], means);
  const log = createAuditLog({ component: components.runtime, originator: { server: 's', type: 't', organisation: 'o' }, destinations, clock, redact: (text) => text });
  log.log('x', auditMessages.runtime.recovered, { connectorName: 'sales', status: 'WAITING' });
  while (log.destinations()[1]!.failingSince === undefined) await log.flush();
  await log.flush();
  expect(shown.map((line) => line.split(' ')[2])).toEqual(['INTEGRATION-RUNTIME-0106', 'AUDIT-LOG-0001']);
  fs.rmSync(path.dirname(file));
  await log.close();
  expect(linesOf('audit.ndjson').map(({ messageId }) => messageId)).toEqual(['INTEGRATION-RUNTIME-0106']);
});

async function prototypeOfHandles(): Promise<fs.promises.FileHandle> {
  const handle = await fs.promises.open(__filename, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as fs.promises.FileHandle;
}
