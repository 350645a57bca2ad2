import type { Service } from '../../contract';
import analytics from './analytics.json';
import api from './api.json';
import base from './base.json';
import catalog from './catalog.json';
import database from './database.json';
import display from './display.json';
import files from './files.json';
import helpers from './helpers.json';
import infrastructure from './infrastructure.json';
import lineage from './lineage.json';
import organization from './organization.json';
import search from './search.json';
import security from './security.json';
import topic from './topic.json';
import { checkCatalogue } from './check-catalogue';
import type { BlueprintDefinition, Catalogue, ServiceDefinition } from './definition';
import { readCatalogue } from './read-catalogue';

/** The files as they are written. */
export const serviceFiles = {
  base,
  helpers,
  services: [analytics, api, catalog, database, display, files, infrastructure, lineage, organization, search, security, topic],
} as const;

/** Reads and checks service files. Throws when one is wrong: they are a part of this program, not of anybody's configuration. */
export function loadServices(written: { readonly base: unknown; readonly helpers: unknown; readonly services: readonly unknown[] }): Catalogue {
  const { catalogue, problems: unread } = readCatalogue(written);
  const problems = [...unread, ...checkCatalogue(catalogue)];
  if (problems.length > 0) throw new Error(`the service files are wrong:\n${problems.join('\n')}`);
  return catalogue;
}

/** The twelve services, every blueprint of theirs resolved. */
export const catalogue: Catalogue = loadServices(serviceFiles);
export const services: ReadonlyMap<Service, ServiceDefinition> = catalogue.services;

/** The definition of a blueprint of the twelve services, if it is one. */
export const blueprintOf = (name: string): BlueprintDefinition | undefined => catalogue.blueprints.get(name);
