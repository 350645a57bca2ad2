export { createLocalPortal, type LocalPortal, type LocalPortalOptions } from './local-portal';
