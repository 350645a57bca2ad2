import { Secret, type BlueprintName, type NewElement } from '@integration-framework/framework';
import { stageConnector, type StagedConnector } from '@integration-framework/framework/testkit';
import { Client } from 'ldapts';
import type { SlapdServer } from '../../../tools/servers';
import ldap from '../src/index';
import { READER, SUFFIX } from './directory';

/** Settings as the runtime gives them: defaults laid in. */
export const settingsOf = (given: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const defaults = Object.entries(ldap.settings).flatMap(([name, spec]) => (spec.default === undefined ? [] : [[name, name === 'watchInterval' ? 20 : spec.default]]));
  return { ...Object.fromEntries(defaults), base: SUFFIX, bindDn: READER.dn, password: new Secret(READER.password), ...given };
};

export const stage = (address: string, given: Readonly<Record<string, unknown>> = {}): StagedConnector<'organization'> => stageConnector({ integration: ldap, settings: settingsOf(given), endpoint: { address } });
export const addressOf = ({ host, port }: SlapdServer): string => `ldap://${host}:${port}`;

/** Does something as the one who may do anything. */
export async function asRoot<T>(server: SlapdServer, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ url: addressOf(server) });
  try {
    await client.bind(server.rootDn, server.rootPassword);
    return await work(client);
  } finally {
    await client.unbind();
  }
}

type Properties = Readonly<Record<string, unknown>>;
/** The one element of a blueprint with this value. */
export function elementWith<TBlueprint extends BlueprintName>(connector: StagedConnector, blueprint: TBlueprint, [name, value]: readonly [string, string]): NewElement<TBlueprint> | undefined {
  return [...connector.elements(blueprint).values()].find(({ properties }) => (properties as Properties)[name] === value);
}
export const namesOf = (connector: StagedConnector, blueprint: BlueprintName, name = 'knownName'): readonly string[] => [...connector.elements(blueprint).values()].map(({ properties }) => String((properties as unknown as Properties)[name])).sort();

/** Asks until it is so; the time limit of the test is the deadline. */
export async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((again) => setTimeout(again, 10));
}
