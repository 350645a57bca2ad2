export * from './deps';
export * from './plan';
export * from './resync';
export { createAsker, type Asker } from './asker';
