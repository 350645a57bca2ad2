import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const FOLDERS = ['docs', 'framework/src', 'framework/test'];
const ROWS = 29;

/** Texts with which tests and groups of tests begin. */
const named = FOLDERS.flatMap((folder) =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [...fs.readFileSync(path.join(root, folder, file), 'utf8').matchAll(/[([]['"`](\d+) [a-zA-Z]{2,}/g)].map(([, row]) => Number(row))),
);

test.each(Array.from({ length: ROWS }, (_, n) => n + 1))('row %i of what connectors must do has a test that begins with its number', (row) => {
  expect(named).toContain(row);
});
