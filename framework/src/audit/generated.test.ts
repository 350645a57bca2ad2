import fs from 'node:fs';
import path from 'node:path';
import { auditErrors, auditMessages, auditReference } from '.';

const file = path.resolve(__dirname, '../../../docs/audit-messages.md');

it('docs/audit-messages.md is current', () => {
  const current = auditReference();
  if (process.env['UPDATE_GENERATED'] === '1') fs.writeFileSync(file, current);
  expect(fs.readFileSync(file, 'utf8')).toBe(current);
});

it('the reference names every message and every error once', () => {
  const ids = [...Object.values(auditMessages), ...Object.values(auditErrors)].flatMap((group) => Object.values(group).map(({ id }) => id));
  const reference = auditReference();
  expect(ids.length).toBeGreaterThan(100);
  for (const id of ids) expect({ id, times: reference.split(`\`${id}\``).length - 1 }).toEqual({ id, times: 1 });
});
