/** What an integration may see of the framework: types, defineIntegration, errors. No I/O. */
export * from './canonical-id';
export * from './catalog';
export * from './connector';
export * from './context';
export * from './entity';
export * from './errors';
export * from './event-catalogue';
export * from './http';
export * from './integration';
export * from './key';
export * from './listen';
export * from './live';
export * from './read-delivery';
export * from './secret';
export * from './settings';
export { parseJson, toJson, hashText, isObject, type Json, type JsonObject } from '../shared';
