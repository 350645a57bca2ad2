import type { Log, Service, Target } from '../contract';
import { checkContext, checkSchedule, configuredTargets, connectionOf, endpointMode, guardHttp, tryOut } from '../connector';
import type { ConnectorEntry, Entry } from '../load';
import { newId, withhold, type Clock } from '../shared';
import { callersOf } from './connector-entry';
import { childLog, secretsOf, type Sources } from './sources';

export interface CheckConnectorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly sources: Pick<Sources, 'context'>;
  /** How long `start` of one target may take. */
  readonly patienceMs: number;
  readonly graceMs: number;
}

/** A target of the file, and how to try it: rejects with what it fails with. Neither the store nor the third party is written, and nothing is read but what `start` reads. */
export interface TargetCheck {
  readonly target: string;
  work(): Promise<void>;
}

/** The targets that the file names. None: endpoints are learned, so that only a running process knows them. Throws ConfigError. */
export function connectorChecks(entry: Entry & { readonly connector: ConnectorEntry }, options: CheckConnectorOptions): readonly TargetCheck[] {
  const { connector, integration, identifier } = entry;
  const { clock } = options;
  checkSchedule(entry.resync);
  const mode = endpointMode({ connection: connector.connection, learned: connector.learned, endpoints: integration.endpoints });
  const services = (integration.services ?? []) as readonly Service[];
  const log = childLog(options.log, { integration: identifier });
  const silent = { log: () => undefined, logException: () => undefined };
  const directionOf = (target: Target) => target.direction ?? connector.direction;

  const tryTarget = (target: Target): Promise<void> =>
    tryOut(target, {
      settings: {
        connectorId: identifier,
        identifier,
        settings: entry.settings,
        connection: connector.connection,
        services,
        engage: connector.engage,
        kinds: (integration.kinds ?? []).length > 0,
        graceMs: options.graceMs,
        make: (deps) => integration.connector!(deps),
      },
      surroundings: {
        clock,
        newId,
        log,
        auditLog: () => silent,
        withhold: (text) => withhold(text, secretsOf(entry).map((secret) => secret.reveal())),
        http: ({ settings, signal }) => guardHttp(options.sources.context({ ...entry, settings }, signal).http, { connector: identifier, direction: directionOf(target), refused: () => undefined }),
        openContext: async () =>
          checkContext({
            services,
            endpoint: connectionOf(connector.connection, target).endpoint,
            direction: directionOf(target),
            mayBeCalled: () => void callersOf(entry),
          }),
      },
      startMs: options.patienceMs,
    });
  return configuredTargets(mode, connector.targets).map((target) => ({ target: target.name, work: () => tryTarget(target) }));
}
