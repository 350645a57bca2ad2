export * from './connect-portal';
export type * from './types';
