export { createCatalogChanges, type CatalogChanges, type CatalogKey } from './catalog-changes';
export { createHeaderNews } from './header-news';
export { createInTopic, IN_TOPIC } from './in-topic';
export { TRIES, waitBefore } from './patience';
export { OUT_TOPIC, subscribe, type Seen } from './subscription';
