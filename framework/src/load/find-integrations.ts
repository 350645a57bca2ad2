import fs from 'node:fs';
import path from 'node:path';
import type { Settings } from '../config';

/** A folder that holds an integration; its name is the type. */
export interface IntegrationFolder {
  readonly type: string;
  readonly folder: string;
}

/** Every folder of integrations, in the order of `integrationsPath`, by name within each. A type that stands there twice was found twice. */
export function findIntegrations(settings: Pick<Settings, 'integrationsPath'>): readonly IntegrationFolder[] {
  const places = settings.integrationsPath.filter((place) => fs.existsSync(place)).map((place) => fs.realpathSync(place));
  return [...new Set(places)].flatMap((place) =>
    fs
      .readdirSync(place)
      .filter((name) => !name.startsWith('.') && name !== 'node_modules')
      .sort()
      .map((name) => ({ type: name, folder: path.join(place, name) }))
      .filter(({ folder }) => fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()),
  );
}
