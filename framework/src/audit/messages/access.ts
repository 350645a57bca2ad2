import type { ErrorDefinition, MessageDefinition } from '../definition';

/** ACCESS: who called this process, and with what right. */
export const accessMessages = {
  webhookOpen: {
    id: 'ACCESS-0001',
    severity: 'ACTION',
    message: 'The webhook {route} of {connectorName} is open: it takes calls without authentication',
    systemAction: 'Anybody who reaches this address can change what is stored for this entry.',
    userAction: 'Give the entry `authentication`, and take ALLOW_UNAUTHENTICATED_WEBHOOKS away if it is set.',
  },
  deliveryRefused: {
    id: 'ACCESS-0002',
    severity: 'SECURITY',
    message: 'A delivery to {route} of {connectorName} was refused: {reason}',
    systemAction: 'It was answered 401; nothing of it was stored.',
    userAction: 'If it was the vendor: compare the secret there with the one of the entry.',
  },
  requestRefused: {
    id: 'ACCESS-0003',
    severity: 'SECURITY',
    message: '{httpMethod} {route} was refused: {reason}',
    systemAction: 'Nothing was done.',
    userAction: 'If the caller may: give it the token in API_TOKEN.',
  },
  tokenMissing: {
    id: 'ACCESS-0004',
    severity: 'ACTION',
    detail: true,
    message: 'The operators’ routes cannot be used: the process listens on {address} and API_TOKEN is not set',
    systemAction: 'Each call to /api is answered 401.',
    userAction: 'Set API_TOKEN, or listen on a loopback address.',
  },
} as const satisfies Readonly<Record<string, MessageDefinition>>;

export const accessErrors = {
  NOT_AUTHENTICATED: {
    id: 'ACCESS-401-001',
    httpStatus: 401,
    message: '{httpMethod} {route} needs a valid token',
    systemAction: 'Nothing was done.',
    userAction: 'Send `Authorization: Bearer` with the token of this process.',
  },
  NOT_PERMITTED: {
    id: 'ACCESS-403-001',
    httpStatus: 403,
    message: '{httpMethod} {route} is not permitted: {reason}',
    systemAction: 'Nothing was done.',
    userAction: 'Call it from this machine without a proxy, or set API_TOKEN and another address.',
  },
} as const satisfies Readonly<Record<string, ErrorDefinition>>;
