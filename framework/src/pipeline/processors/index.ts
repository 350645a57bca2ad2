import type { SettingsSpec } from '../../contract';
import { cloudVendorAggregatorSettings, createCloudVendorAggregator } from './cloud-vendor-aggregator';
import { createFilter, filterSettings } from './filter';
import { createMapper, mapperSettings } from './mapper';
import { createRpcPlugin, rpcPluginSettings } from './rpc-plugin';
import type { Created, CreateProcessor, ProcessorContext } from './types';

interface Registered {
  /** Keys beside `type`: what the configuration reference says. */
  readonly settings: SettingsSpec;
  readonly create: CreateProcessor;
}

/** Every processor there is: one line each. */
const registry: ReadonlyMap<string, Registered> = new Map<string, Registered>([
  ['mapper', { settings: mapperSettings, create: createMapper }],
  ['filter', { settings: filterSettings, create: createFilter }],
  ['rpc-plugin', { settings: rpcPluginSettings, create: createRpcPlugin }],
  ['cloud-vendor-aggregator', { settings: cloudVendorAggregatorSettings, create: createCloudVendorAggregator }],
]);

export const processorTypes: readonly string[] = [...registry.keys()];

/** Keys of a processor beside `type`. */
export const processorSettings = (type: string): SettingsSpec | undefined => registry.get(type)?.settings;

/** Compiles one item of `processors` and tells what is wrong with it. Starts nothing. */
export function createProcessor(type: string, config: Readonly<Record<string, unknown>>, context: ProcessorContext): Created {
  const registered = registry.get(type);
  if (registered) return registered.create(config, context);
  const message = `there is no processor of this type; known are ${processorTypes.join(', ')}`;
  return { problems: [{ path: 'type', code: 'CONFIG_ENUM', severity: 'error', message, remedy: 'choose one' }] };
}

export { reads, type Reads } from './cel/reads';
export { compileTemplate, type CompiledTemplate, type Template, type TemplateProblem } from './template/compile-template';
export type * from './types';
