import { auditErrors, auditMessages, components, errorsByCode, fillTexts, findFaults, parameterExamples, placeholdersOf, severities, type ErrorDefinition, type MessageDefinition } from '.';
import { showText } from './show-value';

type Definition = MessageDefinition | ErrorDefinition;
const own = (key: string): readonly Definition[] => Object.values<Definition>({ ...auditMessages[key as keyof typeof auditMessages], ...(key in auditErrors && auditErrors[key as keyof typeof auditErrors]) });
const messages: readonly Definition[] = Object.keys(auditMessages).flatMap((key) => Object.values<Definition>(auditMessages[key as keyof typeof auditMessages]));
const errors: readonly ErrorDefinition[] = Object.values(auditErrors).flatMap((group) => Object.values<ErrorDefinition>(group));
const all: readonly Definition[] = [...messages, ...errors];
const keep = (text: string): string => text;

describe('the catalogue', () => {
  it('has no fault: ids unique and well-formed, texts written, severities set, placeholders closed', () => {
    expect(findFaults(all)).toEqual([]);
    expect(messages.length).toBeGreaterThan(80);
    expect(errors.length).toBeGreaterThan(20);
    expect(errorsByCode.size).toBe(errors.length);
  });

  it.each(Object.keys(components))('ids of %s begin with the name of the component', (key) => {
    const { name } = components[key as keyof typeof components];
    for (const { id } of own(key)) expect(id.replace(/(-\d{3})?-\d{3,4}$/, '')).toBe(name);
  });

  it('components have ids and names of their own, below 1000 and not those of the services', () => {
    const list = Object.values(components);
    expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
    expect(new Set(list.map(({ name }) => name)).size).toBe(list.length);
    for (const { id } of list) expect(id < 600).toBe(true);
  });

  it.each(all.map((definition) => ({ id: definition.id, definition })))('28 audit log framework: $id formats with its parameters', ({ definition }) => {
    const names = placeholdersOf(definition);
    for (const name of names) expect(Object.keys(parameterExamples)).toContain(name);
    const shown = new Map(names.map((name) => [name, showText(parameterExamples[name], keep)]));
    const texts = Object.values(fillTexts(definition, (name) => shown.get(name))).join('\n');
    for (const [name, value] of shown) {
      expect(texts).toContain(value);
      expect(texts).not.toContain(`{${name}}`);
    }
    expect(texts).not.toContain('undefined');
  });

  it('every parameter with an example stands in a message', () => {
    const used = new Set(all.flatMap(placeholdersOf));
    expect(Object.keys(parameterExamples).filter((name) => !used.has(name))).toEqual([]);
  });
});

it('severities have the codes of their places, and names of their own', () => {
  expect(severities.map(({ code }) => code)).toEqual(Array.from({ length: 16 }, (_, index) => index));
  expect(new Set(severities.map(({ name }) => name)).size).toBe(16);
});
