import fs from 'node:fs';
import path from 'node:path';
import { generateReference } from './generate-reference';
import { generateTypes } from './generate-types';
import { catalogue } from './load-services';

const root = path.resolve(__dirname, '../../../..');

/** With UPDATE_GENERATED=1 the file is written first. */
function committed(name: string, current: string): string {
  const file = path.join(root, name);
  if (process.env['UPDATE_GENERATED'] === '1') fs.writeFileSync(file, current);
  return fs.readFileSync(file, 'utf8');
}

describe('what is generated from the service files is current', () => {
  it.each(Object.entries(generateTypes(catalogue)))('%s', (name, current) => {
    expect(committed(`framework/src/contract/elements/${name}`, current)).toBe(current);
  });

  it('docs/services.md', () => {
    const current = generateReference(catalogue);
    expect(committed('docs/services.md', current)).toBe(current);
  });
});
