import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflate, inflateSync } from 'node:zlib';
import { nameOf, toBuffer, toText, type Path } from './bytes';
import { extensionOf, mayHaveStructure, readStructure, type Inside } from './structure/read-structure';

const deflated = promisify(deflate);

/** What is known of a file. */
export interface File {
  readonly path: Path;
  /** Its state: another one when it was written, renamed or replaced. */
  readonly stamp: string;
  readonly size: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly typeName?: 'CSVFile' | 'JSONFile' | 'AvroFile';
  readonly encoding?: string;
  readonly reason?: string;
  /** Its structure as JSON, a long one deflated: a folder of many files has many. */
  readonly packed?: Buffer;
}
export interface FileStat {
  readonly stamp: string;
  readonly size: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

// The magic of an Avro file.
const LEAST = 4;

/** The structure of the file that this stat is of. Throws when it cannot be read. */
export async function readInside(path: Path, stat: FileStat, maxBytes: number): Promise<File> {
  const name = toText(nameOf(path));
  const wanted = mayHaveStructure(extensionOf(name)) ? maxBytes : LEAST;
  let bytes = await readBeginning(path, Math.min(wanted, stat.size));
  if (bytes.toString('latin1', 0, LEAST) === 'Obj\u0001' && bytes.length < Math.min(maxBytes, stat.size)) bytes = await readBeginning(path, Math.min(maxBytes, stat.size));
  const { structure, encoding, reason }: Inside = readStructure(name, { bytes, isCut: bytes.length < stat.size });
  return {
    path,
    ...stat,
    ...(encoding !== undefined && { encoding }),
    ...(reason !== undefined && { reason }),
    ...(structure && { typeName: structure.typeName, packed: await pack(JSON.stringify(structure)) }),
  };
}

// Shorter ones gain little by deflating, which takes longer than reading them.
const SHORT = 2_048;
const BRACE = 0x7b;

/** Deflated it begins with another byte than JSON does. A copy: what zlib gives holds 16 KB. */
const pack = async (json: string): Promise<Buffer> => (json.length < SHORT ? Buffer.from(json, 'utf8') : Buffer.from(await deflated(json, { level: 1 })));
export const unpack = (packed: Buffer): unknown => JSON.parse((packed[0] === BRACE ? packed : inflateSync(packed)).toString('utf8'));

async function readBeginning(path: Path, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  // Neither a link that took its place meanwhile is followed, nor a pipe waited for.
  const handle = await open(toBuffer(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(bytes, filled, length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}
