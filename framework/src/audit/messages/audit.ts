import type { MessageDefinition } from '../definition';

/** AUDIT-LOG: what the log says of itself. */
export const ownMessages = {
  destinationFailing: {
    id: 'AUDIT-LOG-0001',
    severity: 'ERROR',
    message: 'The audit destination {destination} cannot write since {since}, in {attempt} attempts: {reason}',
    systemAction: 'It is tried again with growing pauses; the other destinations go on. Records wait, at most 10000.',
    userAction: 'Make it writable: free space and rights of the file, or reachability of the store.',
  },
  destinationRecovered: {
    id: 'AUDIT-LOG-0002',
    severity: 'INFO',
    message: 'The audit destination {destination} writes again; it could not since {since}',
    systemAction: 'What waited is written.',
    userAction: 'none',
  },
  recordsLost: {
    id: 'AUDIT-LOG-0003',
    severity: 'ACTION',
    message: '{count} records did not reach the audit destination {destination}: too many waited for it',
    systemAction: 'The oldest gave way to later ones.',
    userAction: 'Let the destination take fewer severities, or make it faster.',
  },
  recordFailed: {
    id: 'AUDIT-LOG-0004',
    severity: 'EXCEPTION',
    message: 'A record of {componentName} could not be made',
    systemAction: 'The record is lost; its caller went on.',
    userAction: 'Read the exception; it is for the author of that component.',
  },
} as const satisfies Readonly<Record<string, MessageDefinition>>;
