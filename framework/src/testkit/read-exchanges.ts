import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../contract';
import type { Exchange } from './serve-recorded';

/** The recorded calls of a folder: every `.json` in it and below, in the order of their names, each one call or a list of calls. */
export function readExchanges(folder: string): readonly Exchange[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));
  return names.sort().flatMap((name) => parseJson(readFileSync(path.join(folder, name), 'utf8')) as unknown as Exchange | readonly Exchange[]);
}
