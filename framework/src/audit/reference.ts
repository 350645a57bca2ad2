import { components, type ComponentKey } from './component';
import type { ErrorDefinition, MessageDefinition } from './definition';
import { auditErrors, auditMessages, parameterExamples } from './messages';
import { severities } from './severities';
import { showText } from './show-value';

/** docs/audit-messages.md: severities, messages, errors and parameters, from the catalogue that the code logs with. */
export function auditReference(): string {
  const keys = Object.keys(components) as ComponentKey[];
  return [
    '# Audit messages',
    '',
    '<!-- Generated from framework/src/audit by `UPDATE_GENERATED=1 npx jest --config framework/jest.config.js framework/src/audit/generated`. -->',
    '',
    'What the audit log says, by component. An id is never reused. `{name}` is a parameter: its value stands in `messageParameters` of the record and in the texts.',
    '',
    'An error is known by its code: `code` of what REST answers, with this status, and of what a connector catches. The answer itself says the same in fewer words.',
    '',
    '## Severities',
    '',
    'Categories, not levels: a destination takes those of its `include`, without those of its `exclude`. The level is that of the line in the text log; a message marked * is shown there with LOG_LEVEL=debug only.',
    '',
    '| Code | Severity | Use | Level |',
    '|---:|---|---|---|',
    ...severities.map(({ code, name, use, level }) => `| ${code} | \`${name}\` | ${use} | ${level} |`),
    '',
    ...keys.flatMap(sectionOf),
    '## Parameters',
    '',
    '| Parameter | Example |',
    '|---|---|',
    ...Object.entries(parameterExamples).map(([name, example]) => `| \`${name}\` | ${cell(showText(example, (text) => text))} |`),
    '',
  ].join('\n');
}

function sectionOf(key: ComponentKey): readonly string[] {
  const { name, description, id } = components[key];
  const errors = key in auditErrors ? Object.entries<ErrorDefinition>(auditErrors[key as keyof typeof auditErrors]) : [];
  return [
    `## ${name}`,
    '',
    `Component ${id}: ${description}.`,
    '',
    '| Id | Severity | Message | The system | You |',
    '|---|---|---|---|---|',
    ...Object.values<MessageDefinition>(auditMessages[key]).map((message) => row([`\`${message.id}\``, `${message.severity}${message.detail ? ' *' : ''}`, message.message, message.systemAction, message.userAction])),
    '',
    ...(errors.length === 0 ? [] : ['| Error | Id | Status | Message | The system | You |', '|---|---|---:|---|---|---|', ...errors.map(([code, error]) => row([`\`${code}\``, `\`${error.id}\``, String(error.httpStatus), error.message, error.systemAction, error.userAction])), '']),
  ];
}

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
const cell = (text: string): string => text.replaceAll('|', '\\|');
