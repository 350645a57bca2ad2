import type { SettingsSpec } from '../../contract';
import { toConsole } from './console';
import { selectionSettings, selector, type Destination, type DestinationMeans, type DestinationType, type Selection } from './destination';
import { toFile } from './file';
import { toStore } from './store';

export type { ConsoleOutput, Destination, DestinationMeans, DestinationType } from './destination';

/** Every kind of destination: one line each. */
export const destinationTypes: ReadonlyMap<string, DestinationType> = new Map<string, DestinationType>([
  ['console', toConsole],
  ['file', toFile],
  ['store', toStore],
]);

/** An item of `audit.destinations`, read by `destinationSettings`. */
export interface DeclaredDestination extends Selection {
  readonly kind: string;
}

/** The keys of a destination beside `kind`, by its kind. */
export const destinationSettings: Readonly<Record<string, SettingsSpec>> = Object.fromEntries([...destinationTypes].map(([kind, { settings }]) => [kind, { ...settings, ...selectionSettings }]));

/** The destinations of a process. None declared: the console. The store is on unless it is named. */
export function openDestinations(declared: readonly DeclaredDestination[] | undefined, means: DestinationMeans): readonly Destination[] {
  const wanted: readonly DeclaredDestination[] = declared ?? [{ kind: 'console' }];
  const all = wanted.some(({ kind }) => kind === 'store') ? wanted : [...wanted, { kind: 'store' }];
  return all.map((item) => openDestination(item, means));
}

function openDestination(declared: DeclaredDestination, means: DestinationMeans): Destination {
  const { kind, include, exclude, ...settings } = declared;
  const type = destinationTypes.get(kind);
  if (!type) throw new Error(`there is no audit destination of the kind ${kind}; known: ${[...destinationTypes.keys()].join(', ')}`);
  const selection = { ...(include && { include }), ...(exclude && { exclude }) };
  return { ...type.open(settings, means), accepts: selector(selection, type.excluded) };
}
