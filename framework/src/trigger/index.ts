export * from './kafka';
export * from './polling';
export * from './schedule';
export * from './signature';
export * from './trigger';
export * from './truth';
export * from './webhook';
