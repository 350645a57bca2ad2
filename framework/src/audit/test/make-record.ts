import { components, severityOf, type AuditRecord, type Severity } from '..';

let count = 0;

/** A record of this severity, as a destination gets it. */
export function makeRecord(severity: Severity, more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    guid: `00000000-0000-7000-8000-${String(count++).padStart(12, '0')}`,
    timeStamp: '2026-01-01T00:00:00.000Z',
    originator: { server: 'test', type: 'Integration Framework', organisation: '' },
    component: components.runtime,
    actionDescription: 'test',
    severityCode: severityOf(severity).code,
    severity,
    messageId: 'INTEGRATION-RUNTIME-0106',
    messageText: 'Connector sales works again',
    messageParameters: {},
    additionalInformation: [],
    systemAction: 'so',
    userAction: 'none',
    ...more,
  };
}
