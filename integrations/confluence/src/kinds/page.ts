import { ABSENT, type JsonObject, type Kind } from '@integration-framework/framework';
import { findOne, listPages, objectAt, signIn, textAt } from '../client';
import { hookTime, idOf } from '../rows';
import { isSelected, lists, type ConfluenceSettings } from '../settings';
import { findSpace, spaceList } from './space';

// Pages come with their bodies.
const PAGE_ROWS = 50;
const BODY = { 'body-format': 'storage' };

/** A page names its space by an id alone. */
const toRow = (page: JsonObject, spaceKey: string): JsonObject => ({ ...page, spaceKey });

/** A page of which only an event tells. */
export const fromHook = (page: JsonObject): JsonObject => ({
  ...page,
  id: String(idOf(page)),
  spaceKey: page['spaceKey'] ?? objectAt(page, 'space')['key'] ?? null,
  createdAt: hookTime(page['creationDate']),
  version: { number: page['version'] ?? null, createdAt: hookTime(page['modificationDate']) },
  _links: { base: '', webui: page['self'] ?? null },
});

export const page: Kind<ConfluenceSettings, JsonObject> = {
  name: 'page',
  key: (row) => [idOf(row)],
  // Pushed pages have another shape than those of the API, and no body.
  claims: 'ask',
  importType: 'page',
  envelope: (row) => ({ type: 'page', id: row['id'], key: row['id'], name: row['title'], base_url: objectAt(row, '_links')['base'], space_key: row['spaceKey'], data: row }),
  paging: 'drifting',
  listed: (settings) => lists(settings, 'page'),
  // One for each selected space. They are asked for here, because spaces need not be among the things that are listed.
  async *partitions(context) {
    await signIn(context.http);
    for await (const { rows } of listPages(context, spaceList(context.settings), undefined)) {
      for (const row of rows.filter((candidate) => isSelected(context.settings, textAt(candidate, 'key')))) yield { name: textAt(row, 'id'), data: { key: textAt(row, 'key') } };
    }
  },
  async *scan(context, position) {
    await signIn(context.http);
    const { name, data } = context.partition;
    const list = { url: `/api/v2/spaces/${encodeURIComponent(name)}/pages`, query: { sort: 'id', ...BODY, limit: PAGE_ROWS }, inside: true } as const;
    for await (const { rows, next } of listPages(context, list, position)) yield { rows: rows.map((row) => toRow(row, String(data?.['key'] ?? ''))), next };
  },
  async get(context, at) {
    const found = await findOne(context, { url: '/api/v2/pages', query: { id: at.key, ...BODY } });
    if (!found) return ABSENT;
    const spaceId = textAt(found, 'spaceId');
    // A page that stayed in its space needs no look-up.
    if (at.row && textAt(at.row, 'spaceId') === spaceId) return toRow(found, textAt(at.row, 'spaceKey'));
    const space = await findSpace(context, spaceId);
    return space ? toRow(found, textAt(space, 'key')) : ABSENT;
  },
  member: ({ settings }, row) => isSelected(settings, textAt(row, 'spaceKey')),
};
