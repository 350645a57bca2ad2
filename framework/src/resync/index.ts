export * from './deps';
export * from './plan';
export * from './resync';
