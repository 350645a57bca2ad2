import { z } from 'zod';
import { severities } from '../audit';

export const severityNames = severities.map(({ name }) => name);

const shown = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A record of the audit log: nothing of it stays inside, for nothing secret gets into it. */
export const auditRecordSchema = z.strictObject({
  guid: z.string(),
  timeStamp: z.string().describe('RFC 3339'),
  originator: z.strictObject({ server: z.string(), type: z.string(), organisation: z.string() }),
  component: z.strictObject({
    id: z.number(),
    name: z.string(),
    description: z.string(),
    wikiUrl: z.string(),
    status: z.enum(['IN_DEVELOPMENT', 'TECHNICAL_PREVIEW', 'STABLE', 'SAMPLE', 'DEPRECATED']),
  }),
  actionDescription: z.string().describe('What the speaker was doing'),
  connector: z.string().optional().describe('Identifier of the entry'),
  instanceId: z.string().optional(),
  runId: z.string().optional(),
  requestId: z.string().optional(),
  severityCode: z.number(),
  severity: z.enum(severityNames),
  messageId: z.string(),
  messageText: z.string(),
  messageParameters: z.record(z.string(), shown),
  additionalInformation: z.array(z.string()).readonly(),
  systemAction: z.string().describe('What the system did'),
  userAction: z.string().describe('What the reader can do'),
  exception: z.strictObject({ class: z.string(), message: z.string(), stack: z.string() }).optional(),
});
