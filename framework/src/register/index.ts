export { mappingOf } from './mapping-of';
export { register, type Origin, type Registration } from './register';
