import { serviceNames, type SettingSpec } from '../contract';
import { isObject, parseDuration } from '../shared';

const TYPES: readonly SettingSpec['type'][] = ['string', 'integer', 'boolean', 'duration', 'list', 'object'];

/** Why a value is not what defineIntegration returns for this folder; undefined when it is. Reads as the end of a sentence. */
export function integrationFault(value: unknown, type: string): string | undefined {
  if (!isObject(value)) return 'exports no integration';
  for (const member of ['type', 'version', 'title', 'description']) if (typeof value[member] !== 'string') return `has no ${member}`;
  if (value['type'] !== type) return `says its type is '${String(value['type'])}': it must be the name of its folder`;
  if (!isObject(value['settings'])) return 'has no settings; write settings: {} if it needs none';
  if (value['kinds'] === undefined && value['connector'] === undefined) return 'has neither kinds nor a connector';
  return settingsFault(value['settings']) ?? kindsFault(value['kinds']) ?? scheduleFault(value['schedule']) ?? partsFault(value) ?? connectorFault(value);
}

function settingsFault(settings: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, setting] of Object.entries(settings)) {
    if (!isObject(setting) || !TYPES.some((type) => type === setting['type'])) return `has a setting '${name}' without a known type (${TYPES.join(', ')})`;
    if (setting['secret'] === true && setting['type'] !== 'string') return `has a secret setting '${name}' that is no string`;
  }
  return undefined;
}

function kindsFault(kinds: unknown): string | undefined {
  if (kinds === undefined) return undefined;
  if (!Array.isArray(kinds)) return 'has kinds that are no list';
  const names = new Set<string>();
  for (const kind of kinds as unknown[]) {
    if (!isObject(kind) || typeof kind['name'] !== 'string' || typeof kind['key'] !== 'function') return 'has a kind without name or key';
    const { name } = kind as { readonly name: string };
    if (names.has(name)) return `has the kind '${name}' twice`;
    names.add(name);
    if (kind['scan'] !== undefined && kind['paging'] !== 'stable' && kind['paging'] !== 'drifting') return `has a kind '${name}' with scan and without paging`;
  }
  for (const kind of kinds as { readonly name: string; readonly after?: readonly string[] }[]) {
    const lost = kind.after?.find((name) => !names.has(name));
    if (lost !== undefined) return `has a kind '${kind.name}' after '${lost}', which is not there`;
  }
  return undefined;
}

function scheduleFault(schedule: unknown): string | undefined {
  const { every, engage } = isObject(schedule) ? schedule : {};
  if (engage !== undefined && typeof engage !== 'boolean') return 'has a schedule whose engage is neither true nor false';
  if (every === undefined || (typeof every === 'string' && parseDuration(every) !== undefined)) return undefined;
  return 'has a schedule whose every is no duration';
}

function partsFault(value: Readonly<Record<string, unknown>>): string | undefined {
  if (value['mapping'] !== undefined && !(isObject(value['mapping']) && Array.isArray(value['mapping']['resources']))) return 'has a mapping without resources';
  if (value['blueprints'] !== undefined && !Array.isArray(value['blueprints'])) return 'has blueprints that are no list';
  const { live } = value;
  if (live !== undefined && !(isObject(live) && (live['verify'] === undefined ? typeof value['listen'] === 'function' : isObject(live['verify'])) && Array.isArray(live['eventType']) && Array.isArray(live['events']) && typeof live['changes'] === 'function')) return 'has a live part without verify (or a listen beside it), eventType, events or changes';
  for (const member of ['validate', 'http', 'check', 'scope', 'listen', 'subscribe', 'connector']) if (value[member] !== undefined && typeof value[member] !== 'function') return `has a ${member} that is no function`;
  return undefined;
}

const MODES = ['explicit', 'learned', 'both'];
const STATUSES = ['IN_DEVELOPMENT', 'TECHNICAL_PREVIEW', 'STABLE', 'SAMPLE', 'DEPRECATED'];
const FIRST_COMPONENT = 1000; // ids below are the framework's
const isOne = (words: readonly unknown[], value: unknown): boolean => words.includes(value);

/** Of what describes a connector. */
function connectorFault({ services, targets, endpoints, component }: Readonly<Record<string, unknown>>): string | undefined {
  if (services !== undefined && !(Array.isArray(services) && services.every((name) => isOne(serviceNames, name)))) return `has services that are no list of ${serviceNames.join(', ')}`;
  if (targets !== undefined && !(Array.isArray(targets) && targets.every((target) => isObject(target) && typeof target['name'] === 'string' && typeof target['blueprint'] === 'string'))) return 'has targets that are no list of { name, blueprint }';
  if (endpoints !== undefined && !isOne(MODES, endpoints)) return `has endpoints that are none of ${MODES.join(', ')}`;
  if (component === undefined) return undefined;
  const { id, status, ...texts } = isObject(component) ? component : {};
  if (typeof id !== 'number' || !Number.isInteger(id) || id < FIRST_COMPONENT) return `has a component whose id is no number from ${FIRST_COMPONENT} on`;
  if (!['name', 'description', 'wikiUrl'].every((key) => typeof texts[key] === 'string')) return 'has a component without name, description or wikiUrl';
  return isOne(STATUSES, status) ? undefined : `has a component whose status is none of ${STATUSES.join(', ')}`;
}
