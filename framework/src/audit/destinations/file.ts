import { open, mkdir, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { SettingsOf } from '../../contract';
import type { Clock } from '../../shared';
import type { DestinationType } from './destination';

const NEWLINE = 0x0a;
/** What stands between the stem and the extension of a file that was put aside. Nothing else is ever removed. */
const ASIDE = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z-\d{3}$/;

const settings = {
  path: { type: 'string', path: true, required: true, description: 'The file. Its folder is made.' },
  maxBytes: { type: 'integer', default: 10_485_760, min: 1_024, description: 'A file that would become larger is put aside first.' },
  maxAge: { type: 'duration', default: '1d', min: 60_000, description: 'A file whose first record is older is put aside.' },
  keep: { type: 'integer', default: 10, min: 0, description: 'How many files that were put aside are kept.' },
} as const;
type Settings = SettingsOf<typeof settings>;

/** NDJSON, rotated. The file is opened for each write: whoever moves or removes it meanwhile harms nothing. */
export const toFile: DestinationType<Settings> = {
  settings,
  excluded: ['TRACE', 'PERFMON'],
  open(given, { clock }) {
    return {
      name: `file ${given.path}`,
      async write(records) {
        const lines = records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`));
        await mkdir(path.dirname(given.path), { recursive: true });
        let at = 0;
        while (at < lines.length) at += await appendSome(lines.slice(at), given, clock);
      },
    };
  },
};

/** Writes the lines that the file still takes, at least one. Gives how many. */
async function appendSome(lines: readonly Buffer[], { path: name, maxBytes, maxAge, keep }: Settings, clock: Clock): Promise<number> {
  let size = await sizeOf(name);
  if (size > 0 && (size + lines[0]!.length > maxBytes || clock.now() - (await bornAt(name)) >= maxAge)) {
    await putAside(name, keep, clock.now());
    size = 0;
  }
  let count = 0;
  let bytes = 0;
  while (count < lines.length && (count === 0 || size + bytes + lines[count]!.length <= maxBytes)) bytes += lines[count++]!.length;
  await append(name, size, Buffer.concat(lines.slice(0, count)));
  return count;
}

/** All of it or nothing, as far as the disk allows: what a full disk took of it is taken back, so that trying again leaves no half line and no line twice. */
async function append(name: string, size: number, content: Buffer): Promise<void> {
  const handle = await open(name, 'a+', 0o600);
  try {
    await handle.appendFile((await endsInside(handle, size)) ? Buffer.concat([Buffer.from('\n'), content]) : content);
  } catch (err) {
    await truncate(name, size).catch(() => undefined);
    throw err;
  } finally {
    await handle.close();
  }
}

/** A killed process may have left half a line: the next one begins a new line, so that only that one is lost. */
async function endsInside(handle: Awaited<ReturnType<typeof open>>, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

async function sizeOf(name: string): Promise<number> {
  try {
    return (await stat(name)).size;
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw err;
  }
}

/** When its first record was made: file systems forget when a file was. A file that begins with anything else counts as old as its last change. */
async function bornAt(name: string): Promise<number> {
  const handle = await open(name, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4_096), 0, 4_096, 0);
    const found = /"timeStamp":"([^"]+)"/.exec(buffer.toString('latin1', 0, bytesRead))?.[1];
    const at = found === undefined ? NaN : Date.parse(found);
    return Number.isNaN(at) ? (await handle.stat()).mtimeMs : at;
  } finally {
    await handle.close();
  }
}

/** `audit.ndjson` becomes `audit.<time>.ndjson`; of those the oldest go. */
async function putAside(name: string, keep: number, now: number): Promise<void> {
  const { dir, name: stem, ext } = path.parse(name);
  const time = new Date(now).toISOString().replaceAll(':', '-');
  const isOurs = (other: string): boolean => other.startsWith(`${stem}.`) && other.endsWith(ext) && ASIDE.test(other.slice(stem.length + 1, other.length - ext.length));
  const others = (await readdir(dir === '' ? '.' : dir)).filter(isOurs);
  // Two files may be put aside within a millisecond.
  let count = 0;
  const aside = (): string => `${stem}.${time}-${String(count).padStart(3, '0')}${ext}`;
  while (others.includes(aside())) count++;
  await rename(name, path.join(dir, aside()));
  const old = [...others, aside()].sort();
  for (const other of old.slice(0, Math.max(0, old.length - keep))) await rm(path.join(dir, other), { force: true });
}
