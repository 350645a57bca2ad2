import type { JsonObject, Kind } from '@integration-framework/framework';
import { textAt } from '../client';
import { idOf } from '../rows';
import type { ConfluenceSettings } from '../settings';

type Told = Kind<ConfluenceSettings, JsonObject>;

const byId = ['blog', 'comment', 'attachment', 'template', 'application-link', 'label', 'like'].map((name): Told => ({ name, key: (row) => [idOf(row)] }));
const byText = Object.entries({ user: 'userKey', group: 'name', addon: 'key' }).map(([name, member]): Told => ({ name, keys: [member], key: (row) => [textAt(row, member)] }));

/** Kinds that are never listed: what webhooks tell is all that is known of them. The time of the delivery orders it. */
export const told: readonly Told[] = [...byId, ...byText];
