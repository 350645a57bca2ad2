import type { ErrorDefinition, MessageDefinition } from '../definition';

/** INTEGRATION-TARGETS: what connectors work on, and how it came and went. */
export const targetMessages = {
  targetAdded: {
    id: 'INTEGRATION-TARGETS-0001',
    severity: 'INFO',
    message: 'Target {targetName} was added to {connectorName} by {origin}',
    systemAction: 'It is set up, started and refreshed at once.',
    userAction: 'none',
  },
  targetChanged: {
    id: 'INTEGRATION-TARGETS-0002',
    severity: 'INFO',
    message: 'Target {targetName} of {connectorName} was changed by {origin}',
    systemAction: 'It is disconnected and set up again.',
    userAction: 'none',
  },
  targetRemoved: {
    id: 'INTEGRATION-TARGETS-0003',
    severity: 'ACTION',
    message: 'Target {targetName} of {connectorName} was removed by {origin}; its elements stay and are orphaned',
    systemAction: 'It is disconnected. Another target of the connector that reads the elements takes them over.',
    userAction: 'Purge the elements if they shall go.',
  },
  endpointLearned: {
    id: 'INTEGRATION-TARGETS-0004',
    severity: 'INFO',
    detail: true,
    message: 'Connector {connectorName} learned the endpoint {targetName} at {address}',
    systemAction: 'It becomes a target: set up, started and refreshed at once.',
    userAction: 'none',
  },
  endpointGone: {
    id: 'INTEGRATION-TARGETS-0005',
    severity: 'INFO',
    message: 'The learned endpoint {targetName} of {connectorName} is gone: {reason}',
    systemAction: 'Its target is disconnected.',
    userAction: 'none',
  },
  modeSwitched: {
    id: 'INTEGRATION-TARGETS-0006',
    severity: 'DECISION',
    message: 'Connector {connectorName} works on {mode} endpoints, before {previousMode}',
    systemAction: 'The targets of this mode are set up. The home of its elements stays the same.',
    userAction: 'none',
  },
  noEndpointMatches: {
    id: 'INTEGRATION-TARGETS-0010',
    severity: 'ACTION',
    message: 'No visible endpoint matches `endpoints.learned` of {connectorName}',
    systemAction: 'The connector waits; an endpoint that is catalogued later is picked up without a restart.',
    userAction: 'Check `endpoints.learned.match` and the zones that the entry reads.',
  },
  targetInitialising: {
    id: 'INTEGRATION-TARGETS-0012',
    severity: 'STARTUP',
    detail: true,
    message: 'Target {targetName} of {connectorName}, of type {connectorType}, is initialising as instance {instanceId}, direction {direction}',
    systemAction: 'The set-up steps follow: initialize, setAuditLog, setConnectorName, setContext, start.',
    userAction: 'none',
  },
  targetStarted: {
    id: 'INTEGRATION-TARGETS-0013',
    severity: 'STARTUP',
    detail: true,
    message: 'Target {targetName} of {connectorName} has started; its status is {status}',
    systemAction: 'The schedule of the connector counts for it; what it listens to is heard.',
    userAction: 'none',
  },
} as const satisfies Readonly<Record<string, MessageDefinition>>;

export const targetErrors = {
  TARGET_INVALID: {
    id: 'INTEGRATION-TARGETS-400-001',
    httpStatus: 400,
    message: 'The target {targetName} is not valid at {key}: {reason}',
    systemAction: 'No target was added or changed.',
    userAction: 'Name it, and give it `entity` or `connection`.',
  },
  TARGET_UNKNOWN: {
    id: 'INTEGRATION-TARGETS-404-001',
    httpStatus: 404,
    message: 'Connector {connectorName} has no target {targetName}',
    systemAction: 'Nothing was done.',
    userAction: 'GET /api/v1/integrations/{connectorName}/targets lists them.',
  },
  TARGET_NAME_TAKEN: {
    id: 'INTEGRATION-TARGETS-409-001',
    httpStatus: 409,
    message: 'Connector {connectorName} has a target {targetName} already, from {origin}',
    systemAction: 'No target was added.',
    userAction: 'Choose another name, or remove that target first.',
  },
  TARGET_FIXED: {
    id: 'INTEGRATION-TARGETS-409-002',
    httpStatus: 409,
    message: 'Target {targetName} of {connectorName} is not removed by REST: it is named by {origin}',
    systemAction: 'The target stays.',
    userAction: 'One of the file: take it out there and start the process again. A learned one: it goes with its endpoint.',
  },
} as const satisfies Readonly<Record<string, ErrorDefinition>>;
