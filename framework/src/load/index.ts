export type { AllServiceDefaults, ServiceDefaults } from './connector-entry';
export type * from './entry';
export { findIntegrations, type IntegrationFolder } from './find-integrations';
export { loadEntries, pipelinesOf, type LoadedEntries } from './load-entries';
export { readGivenTarget, type GivenTarget } from './read-target';
export { loadIntegration, type LoadedIntegration, type LoadResult } from './load-integration';
