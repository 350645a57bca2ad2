import type { SinkType } from '../sink';
import { consoleCatalog } from './console-catalog';
import { crudService } from './crud-service';
import { fake } from './fake';
import { kafka } from './kafka';
import { mongo } from './mongo';

/** Every sink that a pipeline may declare, beside `port`: one line each. */
export const sinkTypes: ReadonlyMap<string, SinkType> = new Map<string, SinkType>([
  ['mongo', mongo],
  ['mongodb', mongo],
  ['crud-service', crudService],
  ['console-catalog', consoleCatalog],
  ['kafka', kafka],
  ['fake', fake],
]);

export const sinkType = (name: string): SinkType | undefined => sinkTypes.get(name);
