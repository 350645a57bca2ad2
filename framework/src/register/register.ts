import { FrameworkError, type Blueprint, type Log, type Mapping } from '../contract';
import type { Portal, PortalActorClient, PortalIntegration } from '../portal';
import type { Clock, JsonObject } from '../shared';
import { createBlueprints } from './create-blueprints';
import { ensureBlueprints } from './ensure-blueprints';
import { sameJson } from './same-json';

/** Who fills mapping and blueprints at first: the defaults of the folder, nobody, or the portal. */
export type Origin = 'Default' | 'Empty' | 'Port';

export interface Registration {
  readonly origin: Origin;
  /** False: with origin `Default` no mapping and no blueprint is written to an integration that is there. */
  readonly initialize: boolean;
  /** `{}`, `{type: 'KAFKA'}` or `{type: 'WEBHOOK', url}`: how the portal tells us of changes. */
  readonly changelogDestination: JsonObject;
  /** Defaults of the folder. */
  readonly blueprints: readonly Blueprint[];
  /** Of the services of a connector, with what it takes to be the only one who writes them. */
  readonly elements?: { readonly blueprints: readonly Blueprint[]; inTurn<T>(work: () => Promise<T>): Promise<T> };
  /** Of the entry; wins over what the portal has, and is written to it when it differs. */
  readonly mapping?: Mapping | undefined;
  readonly defaultMapping: Mapping;
  readonly actionsProcessingEnabled: boolean;
  readonly incrementalSyncEnabled: boolean;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Default blueprints that the portal did not have. */
  blueprintsCreated(identifiers: readonly string[]): void;
}

const PROVISIONED = 'USE_PROVISIONED_DEFAULTS';

/**
 * The boot sequence (port-contract 10.1): after it the portal knows this integration, its trigger, its mapping and its blueprints. Idempotent: a second
 * call writes nothing that is already so. None of its writes triggers a resync. Gives the integration as registered. Throws PORTAL_REFUSED,
 * PORTAL_UNREACHABLE, PORTAL_ANSWER or REGISTRATION_FAILED; then it may be called again.
 */
export async function register(client: PortalActorClient, portal: Portal, options: Registration): Promise<PortalIntegration> {
  refuseOtherRuntime(client, await client.integration());
  const portalMayProvision = await mayProvision(client, portal, options.log);
  const known = await client.integration();
  const origin = originOf(known) ?? originWanted(options, portalMayProvision);

  let integration = known ?? (await create(client, origin, options));
  integration = await update(client, integration, options);
  if (!isDone(integration, origin, options)) integration = await initialize(client, integration, { ...options, origin });
  // At every boot: another release has others, and connectors that come later share some of them.
  const { elements } = options;
  if (elements && origin === 'Default' && options.initialize) options.blueprintsCreated(await elements.inTurn(() => ensureBlueprints(client, elements.blueprints, options)));
  return writeOwnMapping(client, integration, options.mapping);
}

function refuseOtherRuntime(client: PortalActorClient, integration: PortalIntegration | undefined): void {
  if (integration?.installationType === undefined || !/^saas/i.test(integration.installationType)) return;
  throw new FrameworkError('REGISTRATION_FAILED', [client.actor.identifier, `the portal runs it itself (installationType ${integration.installationType}); use another identifier`], { recovery: 'stop' });
}

async function mayProvision(client: PortalActorClient, portal: Portal, log: Log): Promise<boolean> {
  const ask = async <T>(what: string, read: Promise<T>): Promise<T | undefined> => {
    try {
      return await read;
    } catch (err) {
      if (!(err instanceof FrameworkError)) throw err;
      log.debug(`the portal does not tell ${what}; it counts as none`, { integration: client.actor.identifier, err });
      return undefined;
    }
  };
  const types = await ask('which integrations it provisions', portal.provisionEnabled());
  const organization = await ask('its feature flags', portal.organization());
  return types?.includes(client.actor.type) === true && organization?.featureFlags.includes(PROVISIONED) === true;
}

/** `Ocean` is an old name of `Default`. */
function originOf(integration: PortalIntegration | undefined): Origin | undefined {
  const origin = integration?.createPortResourcesOrigin;
  if (origin === 'Ocean') return 'Default';
  return origin === 'Default' || origin === 'Empty' || origin === 'Port' ? origin : undefined;
}

function originWanted(options: Registration, portalMayProvision: boolean): Origin {
  if (options.origin !== 'Port' || portalMayProvision) return options.origin;
  options.log.warn('the portal does not provision this integration; its own defaults are used');
  return 'Default';
}

const create = (client: PortalActorClient, origin: Origin, options: Registration): Promise<PortalIntegration> =>
  client.createIntegration(
    {
      installationId: client.actor.identifier,
      installationAppType: client.actor.type,
      version: client.actor.version,
      changelogDestination: options.changelogDestination,
      actionsProcessingEnabled: options.actionsProcessingEnabled,
      incrementalSyncEnabled: options.incrementalSyncEnabled,
      createPortResourcesOrigin: origin,
      ...(origin === 'Port' ? {} : { config: origin === 'Empty' ? {} : asJson(options.mapping ?? options.defaultMapping) }),
    },
    { createResources: origin === 'Port' },
  );

/** Writes what differs; nothing when nothing does. */
async function update(client: PortalActorClient, integration: PortalIntegration, options: Registration): Promise<PortalIntegration> {
  const is = {
    installationAppType: integration.installationAppType,
    version: integration.version,
    changelogDestination: integration.changelogDestination ?? {},
    actionsProcessingEnabled: integration.actionsProcessingEnabled ?? false,
    incrementalSyncEnabled: integration.incrementalSyncEnabled ?? false,
  };
  const wanted = {
    installationAppType: client.actor.type,
    version: client.actor.version,
    changelogDestination: options.changelogDestination,
    actionsProcessingEnabled: options.actionsProcessingEnabled,
    incrementalSyncEnabled: options.incrementalSyncEnabled,
  };
  return sameJson(is, wanted) ? integration : client.patchIntegration(wanted);
}

const isDone = (integration: PortalIntegration, origin: Origin, options: Registration): boolean =>
  integration.arePortResourcesInitialized === true || (origin === 'Default' && !options.initialize);

async function initialize(client: PortalActorClient, integration: PortalIntegration, options: Registration): Promise<PortalIntegration> {
  switch (options.origin) {
    case 'Empty':
      return client.patchIntegration({ config: {}, arePortResourcesInitialized: true });
    case 'Port':
      return hasConfig(integration) ? integration : untilProvisioned(client, options);
    case 'Default': {
      if (!hasConfig(integration)) await client.putMapping(asJson(options.mapping ?? options.defaultMapping));
      try {
        const created = await createBlueprints(client, options.blueprints, options);
        options.blueprintsCreated(created);
      } catch (err) {
        // What may pass is tried again by the next boot; what is refused would be refused again, so it is reported and left.
        if (!(err instanceof FrameworkError) || err.code === 'PORTAL_REFUSED' || err.recovery === 'retry') throw err;
        options.log.error('the default blueprints were not created; create them in the portal, or correct them and remove this integration there', { integration: client.actor.identifier, err });
      }
      return client.patchIntegration({ arePortResourcesInitialized: true });
    }
  }
}

const hasConfig = (integration: PortalIntegration): boolean => Object.keys(integration.config ?? {}).length > 0;

const POLLS = 30;

/** The portal fills the configuration in its own time: 3 s, then each wait 1.55 times the last, whole seconds, at most a minute. */
async function untilProvisioned(client: PortalActorClient, options: Registration): Promise<PortalIntegration> {
  let seconds = 3;
  for (let poll = 0; poll < POLLS; poll++) {
    await options.clock.sleep(Math.min(seconds, 60) * 1_000, options.signal);
    const integration = await client.integration();
    if (integration !== undefined && hasConfig(integration)) return integration;
    seconds = Math.trunc(seconds * 1.55);
  }
  throw new FrameworkError('REGISTRATION_FAILED', [client.actor.identifier, 'the portal has not provisioned its mapping yet']);
}

async function writeOwnMapping(client: PortalActorClient, integration: PortalIntegration, mapping: Mapping | undefined): Promise<PortalIntegration> {
  if (mapping === undefined || sameJson(integration.config, mapping)) return integration;
  await client.putMapping(asJson(mapping));
  return { ...integration, config: mapping as NonNullable<PortalIntegration['config']> };
}

const asJson = (mapping: Mapping): JsonObject => mapping as unknown as JsonObject;
