import type { Log } from '../contract';
import type { Clock } from '../shared';
import type { Announce } from './announce';
import type { BlueprintStore } from './blueprint-store';
import type { EntityStore } from './entity-store';
import { notFound } from './envelope';
import type { StoredBlueprint } from './blueprint-store';
import type { SearchContext } from './search';
import type { Store } from './store';
import type { Tokens } from './tokens';

/** The organization of this portal; names the Kafka topics. */
export const ORGANIZATION = 'local';

export interface KafkaCredentials {
  readonly username: string;
  readonly password: string;
  readonly brokers: readonly string[];
}

/** What the routes share. */
export interface Parts {
  readonly store: Store;
  readonly blueprints: BlueprintStore;
  readonly entities: EntityStore;
  readonly tokens: Tokens;
  readonly announce: Announce;
  readonly clock: Clock;
  readonly log: Log;
  readonly featureFlags: readonly string[];
  readonly kafka?: KafkaCredentials;
}

export function blueprintAt(parts: Pick<Parts, 'blueprints'>, identifier: string): StoredBlueprint {
  const found = parts.blueprints.get(identifier);
  if (!found) throw notFound('Blueprint', identifier);
  return found;
}

export const searchContext = ({ entities, blueprints, clock }: Parts): SearchContext => ({ entities, blueprints, now: clock.now() });
