import type { DestinationType } from './destination';

/** The collection that `GET /api/v1/audit` reads. */
export const toStore: DestinationType = {
  settings: {},
  excluded: ['TRACE', 'PERFMON'],
  open: (_settings, means) => ({ name: 'store', write: (records) => means.store.append(records) }),
};
