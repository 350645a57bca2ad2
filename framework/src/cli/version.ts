import fs from 'node:fs';
import path from 'node:path';

/** Of this release, as its package says. */
export const version = (JSON.parse(fs.readFileSync(path.join(__dirname, '../../package.json'), 'utf8')) as { version: string }).version;
