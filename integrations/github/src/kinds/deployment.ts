import type { JsonObject } from '@integration-framework/framework';
import { objectsOf } from '../client';
import { without } from '../rows';
import { kindInside } from './inside';

/** What not every call gives. */
const EXTRAS = new Set(['performed_via_github_app']);

export const toDeployment = (row: JsonObject): JsonObject => without(row, EXTRAS);

export const deployment = kindInside({ name: 'deployment', path: '/deployments', rowsOf: objectsOf, toThing: toDeployment });
