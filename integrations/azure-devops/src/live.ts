import { eventCatalogue, type ChangeKey, type Live } from '@integration-framework/framework';

/** What the hooks of a project tell. */
export const EVENTS = { write: ['git.repo.created', 'git.repo.renamed'], delete: ['git.repo.deleted'] } as const;

const TYPE: ChangeKey = { name: 'type', identity: false, value: 'repository' };

const catalogue = eventCatalogue({
  verify: { scheme: 'basic', header: 'Authorization' },
  deliveryId: [{ member: 'id' }, { member: 'eventType' }],
  eventType: [{ member: 'eventType' }],
  rules: [
    {
      kind: 'repository',
      ...EVENTS,
      // What is deleted is told by its id alone.
      keys: ['repositoryId*=resource.repository.id or resource.repositoryId'],
      object: 'resource.repository',
    },
  ],
});

/** The catalogue, and beside the id a key that no payload holds. */
export const live: Live<unknown> = {
  ...catalogue,
  changes: (delivery, settings) => catalogue.changes(delivery, settings).map((change) => (change.is === 'ignored' ? change : { ...change, keys: [...change.keys, TYPE] })),
  keys: (kind, envelope, settings) => [...(catalogue.keys?.(kind, envelope, settings) ?? []), TYPE],
};
