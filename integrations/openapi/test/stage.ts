import { stageConnector, type StagedConnector } from '@integration-framework/framework/testkit';
import type { Target } from '@integration-framework/framework';
import openapi from '../src/index';
import type { OpenapiSettings } from '../src/settings';

const defaults: OpenapiSettings = { authorizationHeader: 'authorization', maxBytes: 10_000_000, timeout: 5_000, watchEvery: 10, maxDepth: 3 };

export function stage(settings: Partial<OpenapiSettings>, { address, target }: { address?: string; target?: Target } = {}): StagedConnector {
  return stageConnector({ integration: openapi, settings: { ...defaults, ...settings }, ...(address !== undefined && { endpoint: { address } }), ...(target && { target }) });
}

type Operations = Readonly<Record<string, object>>;
export const pets = (paths: Readonly<Record<string, Operations>>, more: object = {}): string => JSON.stringify({ openapi: '3.0.3', info: { title: 'Pets', version: '1.2.0' }, paths, ...more });
export const idsOf = (staged: StagedConnector, blueprint: 'api' | 'apiOperation' | 'apiParameterList' | 'apiParameter' | 'endpoint'): string[] => [...staged.elements(blueprint).keys()].sort();
