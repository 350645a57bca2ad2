import type { Route } from '../route';
import { auditRoutes } from './audit';
import { catalogRoutes } from './catalog';
import { connectorRoutes } from './connectors';
import { configurationRoutes } from './configuration';
import { deadLetterRoutes } from './dead-letters';
import { healthRoutes } from './health';
import { integrationRoutes } from './integrations';
import { pipelineRoutes } from './pipelines';
import { rowRoutes } from './rows';
import { runRoutes } from './runs';
import { triggerRoutes } from './triggers';

/** Every route of this server beside the built-in portal and vendor webhooks. What is registered and what is documented are this one table. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...integrationRoutes,
  ...connectorRoutes,
  ...runRoutes,
  ...catalogRoutes,
  ...rowRoutes,
  ...deadLetterRoutes,
  ...pipelineRoutes,
  ...auditRoutes,
  ...configurationRoutes,
  ...triggerRoutes,
];
