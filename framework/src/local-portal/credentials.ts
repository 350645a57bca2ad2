import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { FrameworkError, Secret } from '../contract';
import { isObject } from '../shared';

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: Secret;
}

/** Reads `portal-credentials.json` of this folder, or makes it once, readable by its owner only. Throws DATA_FOLDER. */
export function keptCredentials(folder: string): Credentials {
  const file = path.join(folder, 'portal-credentials.json');
  if (!existsSync(file)) make(file);
  const kept = parse(file);
  if (!kept) throw new FrameworkError('DATA_FOLDER', [folder, 'portal-credentials.json does not hold {"clientId","clientSecret"}; remove it to get new credentials']);
  return kept;
}

function make(file: string): void {
  const made = { clientId: `local-${randomBytes(9).toString('base64url')}`, clientSecret: randomBytes(32).toString('base64url') };
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // Renamed into place, so that a process killed here leaves no half-written credentials.
    writeFileSync(`${file}.new`, `${JSON.stringify(made)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch (err) {
    throw new FrameworkError('DATA_FOLDER', [path.dirname(file), (err as Error).message], { cause: err });
  }
}

function parse(file: string): Credentials | undefined {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isObject(content) || typeof content['clientId'] !== 'string' || typeof content['clientSecret'] !== 'string') return undefined;
    return { clientId: content['clientId'], clientSecret: new Secret(content['clientSecret']) };
  } catch {
    return undefined; // unreadable or not JSON; its content must not reach a message
  }
}
