import { ABSENT, type Context, type JsonObject, type Kind } from '@integration-framework/framework';
import { findOne, listPages, objectAt, signIn, textAt, type List } from '../client';
import { hookTime, idOf } from '../rows';
import { isSelected, lists, selectedSpaces, type ConfluenceSettings } from '../settings';

// The most that a list of spaces, and its filter by keys, take at a time.
const MOST = 250;

/** The list of the selected spaces. More keys than a filter takes are picked from all. */
export function spaceList(settings: ConfluenceSettings): List {
  const keys = selectedSpaces(settings);
  return { url: '/api/v2/spaces', query: { sort: 'id', 'description-format': 'plain', limit: MOST, ...(keys && keys.length <= MOST && { keys: keys.join(',') }) } };
}

/** A space, selected or not; undefined when the account does not see it. */
export const findSpace = (context: Context<ConfluenceSettings>, id: string): Promise<JsonObject | undefined> => findOne(context, { url: '/api/v2/spaces', query: { ids: id, 'description-format': 'plain' } });

/** A space of which only an event tells. */
export const fromHook = (space: JsonObject): JsonObject => ({
  ...space,
  id: String(idOf(space)),
  name: space['name'] ?? space['title'] ?? null,
  createdAt: hookTime(space['creationDate']),
  _links: { base: '', webui: space['self'] ?? null },
});

export const space: Kind<ConfluenceSettings, JsonObject> = {
  name: 'space',
  key: (row) => [idOf(row)],
  // Pushed spaces have another shape than those of the API.
  claims: 'ask',
  importType: 'space',
  envelope: (row) => ({ type: 'space', id: row['id'], key: row['key'], name: row['name'], base_url: objectAt(row, '_links')['base'], data: row }),
  paging: 'drifting',
  listed: (settings) => lists(settings, 'space'),
  async *scan(context, position) {
    await signIn(context.http);
    for await (const { rows, next } of listPages(context, spaceList(context.settings), position)) yield { rows: rows.filter((row) => isSelected(context.settings, textAt(row, 'key'))), next };
  },
  get: async (context, { key }) => (await findSpace(context, key)) ?? ABSENT,
  member: ({ settings }, row) => isSelected(settings, textAt(row, 'key')),
};
