import { DirectionNotPermitted, type AuditLog, type BlueprintName, type Direction, type Endpoint, type Log, type OutTopic, type Service } from '../../contract';
import { isSelected, type Clock } from '../../shared';
import { keepState, type CatalogDocument, type Store } from '../../store';
import { elementOf, isVisible, keptHeader, type Reading, type Refusal, type Registry, type Writer, type Writing } from '../elements';
import { listenKafka, type KafkaListenerDeps } from '../kafka';
import type { ContextRequest, OpenedContext } from '../lifecycle';
import { createInTopic, subscribe, type CatalogChanges, type Seen } from '../topic';
import { createExternalIds, createZones } from './assets';
import type { ContextRecord } from './context-record';
import { createListeners, type OpenRoute } from './listeners';
import { createServiceContext } from './service-context';

/** `state` documents of metadata sources: `metadata-source/<id>`. */
export const METADATA_SOURCE = 'metadata-source/';

export interface ContextDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: Registry;
  readonly reading: Reading;
  readonly writing: Writing;
  readonly changes: CatalogChanges;
  readonly openRoute: OpenRoute;
  /** Takes the secrets of the entry out of a text. */
  withhold(text: string): string;
  readonly kafka: Pick<KafkaListenerDeps, 'process' | 'listening'>;
}

export interface ContextOf {
  readonly request: ContextRequest;
  readonly writer: Writer;
  /** Kind of its metadata source. */
  readonly sourceKind: string;
  readonly auditLog: AuditLog;
  /** Must not wait. */
  record(record: ContextRecord): void;
  /** Blueprints of what it may be pointed at: a connector that only reads from its third party hears of these, and of endpoints. */
  readonly targetBlueprints: readonly string[];
  readonly endpoint: Endpoint | undefined;
}

/** Reaches the store, finds or makes the metadata source, and puts together what an instance may call. Throws when the store is away. */
export async function openContext(deps: ContextDeps, of: ContextOf): Promise<OpenedContext> {
  const { request, writer } = of;
  let isMade = false;
  await keepState(deps.store.documents, `${METADATA_SOURCE}${writer.home}`, () => {
    isMade = true;
    return { id: writer.home, kind: of.sourceKind, madeBy: request.identifier };
  });
  if (isMade) of.record({ is: 'source-made', homeId: writer.home, sourceKind: of.sourceKind });
  return createContext(deps, of);
}

/** What an instance may call. */
export function createContext(deps: ContextDeps, of: Omit<ContextOf, 'sourceKind'>): OpenedContext {
  const { store, clock, log, registry, reading, writing } = deps;
  const { request, writer, auditLog } = of;
  const by = `${request.identifier}/${request.instanceId}`;
  const refused = (refusal: Refusal): void => of.record({ is: 'refused', ...refusal });
  const assets = { registry, writing, writer, auditLog, clock, refused };
  const zones = createZones(assets);
  const { listeners, unregister } = createListeners({
    openRoute: deps.openRoute,
    openTopic: (topic, heard, how) =>
      listenKafka(
        { store, clock, log, withhold: deps.withhold, ...deps.kafka },
        {
          connector: request.identifier,
          target: request.target.name,
          endpoint: of.endpoint,
          topic,
          how,
          heard,
          registered: (listener) => of.record({ is: 'listening', listener }),
          handled: (listener) => of.record({ is: 'heard', listener }),
          failed: (listener, error) => of.record({ is: 'not-heard', listener, error }),
          gaveUp: (listener, attempt, error) => of.record({ is: 'given-up', listener, attempt, error }),
        },
      ),
    listener: (heard) => request.listener(heard),
    log,
    record: (record) => of.record(record),
  });
  const subscriptions = new Map<string, () => Promise<void>>();

  const outTopic: OutTopic = {
    async subscribe({ name, blueprints }, heard) {
      await subscriptions.get(name)?.();
      const allowed = blueprints.filter((blueprint) => mayHear(blueprint, writer.direction, of.targetBlueprints));
      const left = blueprints.filter((blueprint) => !allowed.includes(blueprint));
      if (allowed.length === 0) {
        const error = new DirectionNotPermitted(request.identifier, writer.direction, `a subscription to ${left.join(', ')}`);
        refused({ blueprint: left.join(', '), identifier: '', error });
        throw error;
      }
      if (left.length > 0) log.info('a connector that reads from its third party hears nothing of these', { integration: request.identifier, subscription: name, blueprints: left });
      const end = subscribe({ store, changes: deps.changes, clock, log, withhold: deps.withhold }, { connector: request.identifier, name: `${request.target.name}/${name}`, blueprints: allowed, look: (document) => look(deps, writer, document), heard: request.listener(heard), handled: (event) => of.record({ is: 'event-handled', subscription: name, event }), failed: (event, error) => of.record({ is: 'event-failed', subscription: name, event, error }) });
      const once = async (): Promise<void> => {
        if (subscriptions.get(name) === once) subscriptions.delete(name);
        await end();
      };
      subscriptions.set(name, once);
      of.record({ is: 'listening', listener: `the Out Topic, subscription ${name}` });
      return once;
    },
  };

  const members = {
    ...Object.fromEntries(request.services.map((service: Service) => [service, createServiceContext(service, { reading, writing, writer, by })])),
    outTopic,
    inTopic: createInTopic({ store, clock, writing, writer, zones, inTurn: registry.inTurn, by, taken: (event) => of.record({ is: 'in-topic-taken', event }), refused: (event, error) => of.record({ is: 'in-topic-refused', event, error }) }),
    listeners,
    targets: { add: request.addTarget, remove: request.removeTarget },
    zones,
    externalIds: createExternalIds(assets),
    endpoint: of.endpoint,
    direction: writer.direction,
    shouldCatalogue: (name: string, excluded?: readonly string[], included?: readonly string[]) => isSelected(name, { ...(excluded && { excluded }), ...(included && { included }) }),
  };
  return {
    members,
    async unregister() {
      await Promise.all([unregister(), ...[...subscriptions.values()].map((end) => end())]);
    },
    close: () => undefined,
  };
}

const mayHear = (blueprint: string, direction: Direction, targets: readonly string[]): boolean => direction !== 'FROM_THIRD_PARTY' || blueprint === 'endpoint' || targets.includes(blueprint);

/** What is kept about an entity of the catalog, where it is an element; entities of mappings have nothing, and are seen by all. */
async function look({ registry, reading }: ContextDeps, writer: Writer, document: CatalogDocument): Promise<Seen | undefined> {
  const blueprint = document.blueprint as BlueprintName;
  const at = (await registry.locate(blueprint, [document.identifier])).get(document.identifier);
  if (!at) return { classifications: {} };
  const zones = await reading.zonesOf(at, blueprint);
  if (!isVisible(zones, writer.entry.zones.visible)) return undefined;
  return { classifications: keptHeader(at.row).classifications ?? {}, header: elementOf(blueprint, at.row, { zones, entry: at.entry }).header };
}
