import type { JsonObject } from '@integration-framework/framework';

/** Objects as the API v2 of Confluence Cloud writes them in lists; values are made up. */
export const space = (id: string, key: string, more: JsonObject = {}): JsonObject => ({
  id,
  key,
  name: `Space ${key}`,
  type: key.startsWith('~') ? 'personal' : 'global',
  status: 'current',
  authorId: '557058:a1',
  spaceOwnerId: '557058:a1',
  createdAt: '2026-01-10T08:00:00.000Z',
  homepageId: `${id}0`,
  description: { plain: { value: `About ${key}`, representation: 'plain' } },
  icon: null,
  currentActiveAlias: key,
  _links: { webui: `/spaces/${key}` },
  ...more,
});

export const page = (owner: JsonObject, id: string, more: JsonObject = {}): JsonObject => ({
  id,
  status: 'current',
  title: `Page ${id}`,
  spaceId: owner['id']!,
  parentId: owner['homepageId']!,
  parentType: 'page',
  position: 7,
  authorId: '557058:a1',
  ownerId: '557058:a1',
  lastOwnerId: null,
  createdAt: '2026-01-11T09:00:00.000Z',
  version: { createdAt: '2026-01-12T10:00:00.000Z', message: '', number: 2, minorEdit: false, authorId: '557058:b2' },
  body: { storage: { value: `<p>What ${id} says</p>`, representation: 'storage' } },
  _links: { editui: `/pages/resumedraft.action?draftId=${id}`, webui: `/spaces/${String(owner['key'])}/pages/${id}`, tinyui: `/x/${id}` },
  ...more,
});
