import fs from 'node:fs';
import path from 'node:path';

const framework = path.join(__dirname, '../..');

/**
 * How a person calls this program from this folder. By npx only where npm has put it: anywhere else npx would take a package of the same name from a registry, which is a
 * stranger's.
 */
export function program(folder = process.cwd()): string {
  const bin = path.join(framework, 'bin/framework.js');
  const local = path.join(folder, 'node_modules/.bin/framework');
  if (fs.existsSync(local) && fs.realpathSync(local) === fs.realpathSync(bin)) return 'npx framework';
  const relative = path.relative(folder, bin);
  return `node ${/\s/.test(relative) ? JSON.stringify(relative) : relative}`;
}
