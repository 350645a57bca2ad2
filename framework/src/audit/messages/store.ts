import type { MessageDefinition } from '../definition';

/** STORE: which process owns it, and whether it answers. */
export const storeMessages = {
  ownershipTaken: {
    id: 'STORE-0001',
    severity: 'COHORT',
    message: '{serverName} took ownership of the store {storeName}',
    systemAction: 'This process does the work; another one that finds the store held stands by.',
    userAction: 'none',
  },
  ownershipLost: {
    id: 'STORE-0002',
    severity: 'COHORT',
    message: '{serverName} lost ownership of the store {storeName}: {reason}',
    systemAction: 'Every write of this process is refused from now on; it stands by.',
    userAction: 'See why it did not renew in time: the store was slow or away, or this process stood still.',
  },
  standingBy: {
    id: 'STORE-0003',
    severity: 'COHORT',
    message: '{serverName} stands by: the store {storeName} is held by {holder}',
    systemAction: 'It takes over within 30 s after the holder ended.',
    userAction: 'none',
  },
  ownershipReleased: {
    id: 'STORE-0004',
    severity: 'COHORT',
    message: '{serverName} gave up ownership of the store {storeName}',
    systemAction: 'A process that stands by takes over at once.',
    userAction: 'none',
  },
} as const satisfies Readonly<Record<string, MessageDefinition>>;
