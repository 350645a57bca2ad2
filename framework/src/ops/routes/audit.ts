import { z } from 'zod';
import type { AuditPage, Severity } from '../../audit';
import { parseInstant } from '../../shared';
import { auditRecordSchema, severityNames } from '../audit-record';
import { BAD_CURSOR, next, page, readCursor, writeCursor } from '../paging';
import { problem } from '../problem';
import { route } from '../route';

const text = z.string().min(1).optional();

const severities = z
  .string()
  .transform((list, { addIssue }): readonly Severity[] => {
    const names = list.split(',').map((name) => name.trim());
    for (const name of names) if (!isSeverity(name)) addIssue(`there is no severity '${name}'; known: ${severityNames.join(', ')}`);
    return names.filter(isSeverity);
  })
  .optional()
  .describe(`Several by comma: ${severityNames.join(', ')}`);

const isSeverity = (name: string): name is Severity => severityNames.some((known) => known === name);

const instant = (what: string) =>
  z
    .string()
    .transform((given, { addIssue }): number => {
      const at = parseInstant(given);
      // In a query `+` is a space.
      if (at === undefined) addIssue(`'${given}' is no instant such as 2026-01-31T08:00:00Z${/ \d\d:\d\d$/.test(given) ? '; write its + as %2B' : ''}`);
      return at ?? 0;
    })
    .optional()
    .describe(`${what}, in RFC 3339`);

const place = z.tuple([z.number(), z.string()]);

export const auditRoutes = [
  route({
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'The audit log of 14 days, newest first',
    access: 'operator',
    query: z.strictObject({
      severity: severities,
      component: text.describe('Name of the component, such as INTEGRATION-RUNTIME'),
      integration: text.describe('Identifier of the entry'),
      messageId: text,
      from: instant('From this instant on'),
      to: instant('Before this instant'),
      ...page,
    }),
    answers: { 200: z.strictObject({ records: z.array(auditRecordSchema), next }) },
    async handle({ query, runtime }) {
      const { cursor, ...filter } = query;
      const after = cursor === undefined ? undefined : readCursor(cursor, place);
      if (cursor !== undefined && after === undefined) return problem(400, BAD_CURSOR);
      if (filter.from !== undefined && filter.to !== undefined && filter.from >= filter.to) return problem(400, 'query.from: it is not before `to`');
      const found: AuditPage = await runtime().store.audit.query({ ...filter, ...(after && { after: { at: after[0], guid: after[1] } }) });
      return { status: 200, body: { records: [...found.records], next: found.next ? writeCursor([found.next.at, found.next.guid]) : null } };
    },
  }),
];
