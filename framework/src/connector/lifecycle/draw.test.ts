import fs from 'node:fs';
import path from 'node:path';
import { drawLifecycle } from './draw';

/** With UPDATE_GENERATED=1 the page is written first. */
test('docs/connector-lifecycle.md is what the machine is', () => {
  const file = path.join(__dirname, '../../../../docs/connector-lifecycle.md');
  if (process.env['UPDATE_GENERATED'] === '1') fs.writeFileSync(file, drawLifecycle());
  expect(fs.readFileSync(file, 'utf8')).toBe(drawLifecycle());
});
