import type { JsonObject } from '@integration-framework/framework';
import { objectsOf } from '../client';
import { without } from '../rows';
import { kindInside } from './inside';

/** What not every call gives. */
const EXTRAS = new Set(['body_html', 'body_text', 'mentions_count', 'reactions', 'discussion_url', 'short_description_html', 'is_short_description_html_truncated']);

export const toRelease = (row: JsonObject): JsonObject => without(row, EXTRAS);

export const release = kindInside({ name: 'release', path: '/releases', rowsOf: objectsOf, toThing: toRelease });
