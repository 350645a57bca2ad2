import type { Integration, SettingSpec } from '../contract';

/** What an integration says of itself, as one JSON value. `connector` is absent where it has none. */
export function descriptionOf(integration: Integration) {
  const { type, version, title, description, settings, kinds = [], schedule = {} } = integration;
  const { services = [], targets = [], endpoints = 'both', component } = integration;
  const connector = integration.connector && { services, targets, endpoints, ...(component && { component }) };
  return { type, version, title, description, settings, kinds: kinds.map(({ name }) => name), schedule, ...(connector && { connector }) };
}

/** The same for people, line by line. */
export function describeIntegration(integration: Integration, folder: string): readonly string[] {
  const { type, version, title, description, settings, kinds, schedule, connector } = descriptionOf(integration);
  const pair = (name: string, value: string): readonly string[] => (value === '' ? [] : [`${name.padEnd(9)} ${value}`]);
  return [
    `${title} (${type}) ${version}`,
    description,
    '',
    ...pair('folder', folder),
    ...pair('kinds', kinds.join(', ')),
    ...pair('every', schedule.every ?? ''),
    ...(connector ? connectorLines(connector, pair) : []),
    ...(schedule.engage === true ? pair('engage', 'true') : []),
    '',
    'config:',
    ...Object.entries(settings).map(([name, spec]) => `  ${name.padEnd(20)} ${ruleOf(spec).padEnd(26)} ${spec.description}`),
  ];
}

type Connector = NonNullable<ReturnType<typeof descriptionOf>['connector']>;

function connectorLines({ services, targets, endpoints, component }: Connector, pair: (name: string, value: string) => readonly string[]): readonly string[] {
  return [
    ...pair('services', services.join(', ')),
    ...targets.flatMap(({ name, blueprint, deployedImplementationType }) => pair('target', `${name}: ${blueprint}${deployedImplementationType === undefined ? '' : ` (${deployedImplementationType})`}`)),
    ...pair('endpoints', endpoints === 'both' ? 'explicit or learned' : endpoints),
    ...(component ? pair('component', `${component.id} ${component.name}, ${component.status}: ${component.description} ${component.wikiUrl}`.trimEnd()) : []),
  ];
}

function ruleOf({ secret, type, required, default: given }: SettingSpec): string {
  return [secret ? 'secret' : type, required ? 'required' : given === undefined ? '' : `default ${JSON.stringify(given)}`].filter((part) => part !== '').join(', ');
}
