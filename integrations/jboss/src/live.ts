import { eventCatalogue, type Live } from '@integration-framework/framework';

export const EVENT = 'jboss:deployment_status';

/** Stands beside the last that was known of a deployment, when it is gone. */
export const GONE = { operation: 'delete' } as const;

const catalogue = eventCatalogue({
  eventType: [{ member: 'eventType' }],
  rules: [{ kind: 'deployment', write: [EVENT], keys: ['deploymentName*=deployment.name'] }],
});

/** The same event tells of a deployment that is there and of one that is gone. Polls come in order, so receipt orders them. */
export const live: Live<unknown> = {
  ...catalogue,
  changes: (delivery, settings) =>
    catalogue.changes(delivery, settings).map((change) => (change.is === 'changed' && delivery.headers['operation'] === GONE.operation ? { ...change, is: 'gone' } : change)),
};
