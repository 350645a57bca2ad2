import type { JsonObject, Kind } from '@integration-framework/framework';
import { idOf, objectAt, textAt, updatedAt } from '../rows';
import type { GithubSettings } from '../settings';

type Told = Kind<GithubSettings, JsonObject>;

/** Kinds that are never listed: what webhooks tell is all that is known of them. Where an object has no `updated_at`, receipt orders. */
const plain = ['label', 'workflow-job', 'package', 'token-request'].map((name): Told => ({ name, key: (row) => [idOf(row)], version: updatedAt }));

/** One advisory may be told of by several repositories. */
const advisory: Told = {
  name: 'advisory',
  keys: ['ghsa_id', 'id'],
  key: (row) => [textAt(row, 'ghsa_id'), idOf(objectAt(row, 'repository'))],
  version: updatedAt,
};

export const told = [...plain, advisory];
