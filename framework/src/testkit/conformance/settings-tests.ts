import { isError } from '../../config';
import { parse, type Subject } from './subject';

// Names under which credentials go. A setting of such a name that is no secret would be printed.
const SECRET_NAME = /(token|password|passwd|secret|api_?key|private_?key)$/i;

export function settingsTests({ integration, options, settings, problems }: Subject): void {
  test('settings: those of the test are valid', () => {
    expect(problems().filter(isError)).toEqual([]);
    expect(integration.validate?.(settings()) ?? []).toEqual([]);
  });

  test('settings: every example parses', () => {
    const examples = Object.entries(integration.settings).filter(([, spec]) => spec.example !== undefined);
    const values = Object.fromEntries(examples.map(([name, spec]) => [name, spec.example]));
    const names = examples.map(([name]) => `config.${name}`);
    expect(parse(integration, options.folder, values).problems.filter((problem) => isError(problem) && names.includes(problem.path))).toEqual([]);
  });

  test('settings: each is described, and every secret is marked', () => {
    for (const [name, spec] of Object.entries(integration.settings)) {
      expect([name, spec.description]).toEqual([name, expect.stringMatching(/\S/)]);
      if (SECRET_NAME.test(name)) expect([name, spec.secret]).toEqual([name, true]);
    }
  });
}
