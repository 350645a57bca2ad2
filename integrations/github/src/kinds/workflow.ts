import { objectOf, objectsOf } from '../client';
import { kindInside } from './inside';

export const workflow = kindInside({
  name: 'workflow',
  path: '/actions/workflows',
  rowsOf: (answer) => objectsOf(objectOf(answer)['workflows']),
  toThing: (row) => row,
});
