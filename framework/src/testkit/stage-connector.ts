import { ContextClosed, FrameworkError, type AuditLog, type AuditMessage, type BlueprintName, type CommonContext, type Connection, type ConnectorDeps, type Element, type Endpoint, type Integration, type IntegrationConnector, type IntegrationContext, type KafkaMessage, type LifecycleContext, type Listeners, type NewElement, type Service, type Target, type WebhookCall } from '../contract';
import { connectionOf, contextOf, createContext, createMeasures, gateContext, guardHttp, type OpenedContext, type Refusal } from '../connector';
import { newId, systemClock } from '../shared';
import { noHttp } from './context';
import { recordedLog, type RecordedLog } from './recorded-log';
import { STAGED, stageCatalog, type StagedCatalog } from './staged-catalog';
import { stageListeners, type Produced, type StagedListeners } from './staged-listeners';
import { stageRun } from './staged-run';
import { testHttp } from './test-http';

export interface StageConnectorOptions<TSettings, TService extends Service> {
  readonly integration: Integration<TSettings, TService>;
  /** Parsed, as the runtime gives them: defaults laid in, secrets as Secret. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** `connection.endpoint` of the entry. */
  readonly endpoint?: Endpoint;
  /** Default: one that is named `default`. */
  readonly target?: Target;
  /** `zones` of the entry. Without `publish` a publication is refused. */
  readonly zones?: { readonly default?: readonly string[]; readonly publish?: readonly string[]; readonly visible?: readonly string[] };
}

/** One instance of a connector, set up as the runtime does, over a catalog in memory: its calls are answered, and refused, by what answers them in the runtime. */
export interface StagedConnector<TService extends Service = never> {
  readonly connector: IntegrationConnector<TService>;
  /** What the connector has as `deps.context`. */
  readonly context: IntegrationContext<TService>;
  readonly log: RecordedLog;
  /** Targets that it added itself. */
  readonly targets: ReadonlyMap<string, Target>;
  /** What it told beside its comparisons, in order: created or updated, removed. */
  readonly told: StagedCatalog['told'];
  /** What it said to the audit log. */
  readonly audited: readonly AuditedMessage[];
  /** What it counted and measured by `context.metrics`. */
  measures(): Readonly<Record<string, number>>;
  /** What was refused, in calls and in comparisons, with the error. A comparison in which something was refused removes nothing. */
  readonly refused: readonly Refusal[];
  /** Elements of a blueprint as they were given last, by identifier. */
  elements<TBlueprint extends BlueprintName>(blueprint: TBlueprint): ReadonlyMap<string, NewElement<TBlueprint>>;
  /** One as the catalog has it, with its header, whatever its zones. */
  element<TBlueprint extends BlueprintName>(blueprint: TBlueprint, identifier: string): Promise<Element<TBlueprint> | undefined>;
  /** Puts an element of somebody else there, such as an endpoint; subscriptions of the Out Topic hear of it. */
  put<TBlueprint extends BlueprintName>(blueprint: TBlueprint, element: NewElement<TBlueprint>): Promise<void>;
  /** Takes such an element away. */
  drop(blueprint: BlueprintName, identifier: string): Promise<void>;
  /** Calls the webhook that it registered under this path (`listeners.webhook`), as a caller who has proved himself. Rejects with what the connector throws. */
  call(path: string, call: WebhookCall): Promise<void>;
  /**
   * Gives a message to whoever listens to this topic (`listeners.kafka`), as a broker would, without one: texts become bytes, offsets count from 0. Rejects with what
   * the connector throws: a real one would give it again.
   */
  produce(topic: string, message: Produced): Promise<void>;
  /** How often a refresh was asked for by `context.requestRefresh`. */
  requested(): number;
  start(): Promise<void>;
  /** One call of `engage`. */
  engage(signal?: AbortSignal): Promise<void>;
  /** Runs `refresh` once: what a completed comparison did not have is removed. Gives the blueprints that were compared. */
  refresh(): Promise<readonly BlueprintName[]>;
  disconnect(): Promise<void>;
}

export interface AuditedMessage {
  readonly action: string;
  readonly message: AuditMessage;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly thrown?: unknown;
}

const silent: AuditLog = { log: () => undefined, logException: () => undefined };

export function stageConnector<TSettings, TService extends Service>(options: StageConnectorOptions<TSettings, TService>): StagedConnector<TService> {
  const { integration, endpoint, target = { name: 'default' } } = options;
  const { services = [] } = integration;
  if (!integration.connector) throw new Error(`${integration.type} has no connector to stage; give it \`connector\` in defineIntegration`);
  const log = recordedLog();
  const ending = new AbortController();
  const { signal } = ending;
  const targets = new Map<string, Target>();
  const refused: Refusal[] = [];
  const connection: Connection = connectionOf({ config: options.settings ?? {}, ...(endpoint && { endpoint }) }, target);
  const settings = connection.config as TSettings & object;
  const instanceId = newId();
  let requested = 0;
  let isSetUp = false;
  const catalog = stageCatalog({
    services,
    writer: { target: target.name, home: target.metadataSource?.id ?? `${integration.type}::${STAGED}`, direction: target.direction ?? 'FROM_THIRD_PARTY', onMissing: target.onMissing ?? 'archive' },
    zones: { default: [], visible: [], ...options.zones },
    address: connection.endpoint?.address,
    refused: (refusal) => void refused.push(refusal),
  });
  const run = stageRun(catalog, { target: target.name, signal });
  const audited: AuditedMessage[] = [];
  const auditLog: AuditLog = {
    log: (action, message, parameters) => void audited.push({ action, message, parameters }),
    logException: (action, message, parameters, thrown) => void audited.push({ action, message, parameters, thrown }),
  };
  const measures = createMeasures((name, most) => log.warn(`the metric ${name} is passed over: a target has ${most} at most`));
  const lifecycle: LifecycleContext = {
    signal,
    isActive: () => !signal.aborted,
    nextRefreshAt: () => undefined,
    refreshInProgress: () => run.current() !== undefined,
    requestRefresh: () => void requested++,
    audit: auditLog,
    metrics: measures.metrics,
    get run() {
      return run.current();
    },
  };
  const callers = stageListeners();
  const opened = createContext(
    { ...catalog, clock: systemClock, log, openRoute: callers.openRoute, withhold: (text) => text, kafka: { process: {}, listening: new Set() } },
    {
      request: {
        ...{ connectorId: STAGED, identifier: STAGED, instanceId, target, services, lifecycle },
        listener: (heard) => async (...given) => {
          if (signal.aborted) throw new ContextClosed(STAGED, 'a delivery to its listener');
          await heard(...given);
        },
        addTarget: (one) => void targets.set(one.name, one),
        removeTarget: (name) => void targets.delete(name),
      },
      writer: catalog.writer,
      auditLog: silent,
      record(record) {
        if (record.is === 'refused') refused.push({ blueprint: record.blueprint, identifier: record.identifier, error: record.error });
      },
      targetBlueprints: (integration.targets ?? []).map(({ blueprint }) => blueprint),
      endpoint: connection.endpoint,
    },
  );
  const gate = gateContext(contextOf(withoutBroker(opened, callers.openTopic), lifecycle), { name: STAGED, services });
  const context = gate.context as IntegrationContext<TService>;
  const deps: ConnectorDeps<TSettings, TService> = {
    ...{ settings, connection, target, instanceId, log, connectorName: STAGED, connectorId: STAGED, auditLog },
    http: guardHttp(testHttp(integration as Integration<TSettings & object>, settings, { log }).http ?? noHttp, { connector: STAGED, direction: catalog.writer.direction, refused: (error) => void refused.push({ blueprint: '', identifier: '', error }) }),
    get context() {
      if (!isSetUp) throw new FrameworkError('CONTEXT_EARLY', [STAGED]);
      return context;
    },
  };
  const connector = integration.connector(deps);
  connector.initialize?.(instanceId, connection);
  connector.setAuditLog?.(auditLog);
  connector.setConnectorName?.(STAGED);
  isSetUp = true;
  connector.setContext?.(context);

  const { told, elements, reading, writer, put, drop } = catalog;
  return {
    ...{ connector, context, log, targets, told, audited, refused, put, drop },
    measures: measures.values,
    elements: (blueprint) => elements(blueprint) as never,
    async element(blueprint, identifier) {
      const whoSeesAll = { ...writer, entry: { ...writer.entry, zones: { ...writer.entry.zones, visible: [] } } };
      return (await reading.get(whoSeesAll, { blueprint, identifier })) as never;
    },
    call: callers.call,
    produce: callers.produce,
    requested: () => requested,
    async start() {
      try {
        await connector.start?.(signal);
      } catch (err) {
        await opened.unregister();
        throw err;
      }
    },
    engage: async (until) => connector.engage?.(until ? AbortSignal.any([signal, until]) : signal),
    refresh: () => run.refresh(connector),
    async disconnect() {
      ending.abort(new DOMException('the connector ends', 'AbortError'));
      gate.close();
      await opened.unregister();
      await connector.disconnect?.(new AbortController().signal);
      await catalog.store.close();
    },
  };
}

/** Its topics need no broker; a listener of one ends with the instance, as any other. */
function withoutBroker({ members }: OpenedContext, openTopic: StagedListeners['openTopic']): object {
  const { listeners } = members as CommonContext;
  const kafka: Listeners['kafka'] = (topic, heard) => listeners.external<KafkaMessage>((told) => openTopic(topic, told), heard);
  return { ...members, listeners: { ...listeners, kafka } };
}
