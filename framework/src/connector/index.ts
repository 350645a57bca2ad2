export * from './compare';
export * from './context';
export * from './elements';
export * from './kafka';
export * from './lifecycle';
export * from './services';
export * from './topic';
