export * from './pipeline';
export * from './sink';
export * from './sinks/catalog';
export * from './sinks/port';
export * from './tally';
export { relatedIdentifiers } from './order';
export type { RowToMap } from './map-rows';
