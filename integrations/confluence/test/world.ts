import { page, space } from './confluence-data';
import type { World } from './fake-confluence';

/** Three spaces, one of them personal, and one whose pages are fewer than a page of the list. */
export function newWorld(): World {
  const shop = space('101', 'SHOP');
  const eng = space('102', 'ENG');
  const ann = space('103', '~557058a1', { name: 'Ann', description: null });
  return {
    spaces: [shop, eng, ann],
    pages: [
      page(shop, '1010', { parentId: null, parentType: null, title: 'Home' }),
      page(shop, '1011'),
      page(shop, '1012', { status: 'archived' }),
      page(shop, '1013', { status: 'trashed' }),
      page(eng, '1020', { parentId: '9', parentType: 'folder' }),
      page(ann, '1030'),
    ],
  };
}
