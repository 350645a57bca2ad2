import type { ComponentKey } from '../component';
import type { ErrorDefinition, MessageDefinition } from '../definition';
import { accessErrors, accessMessages } from './access';
import { ownMessages } from './audit';
import { contextErrors, contextMessages } from './context';
import { pipelineMessages } from './pipelines';
import { runErrors, runMessages } from './run';
import { runtimeErrors, runtimeMessages } from './runtime';
import { storeMessages } from './store';
import { targetErrors, targetMessages } from './targets';

/** Every message that the framework logs, by component. */
export const auditMessages = {
  runtime: runtimeMessages,
  context: contextMessages,
  targets: targetMessages,
  run: runMessages,
  store: storeMessages,
  pipelines: pipelineMessages,
  access: accessMessages,
  audit: ownMessages,
} as const satisfies Readonly<Record<ComponentKey, Readonly<Record<string, MessageDefinition>>>>;

/** Every error with an id of its own, by component. */
export const auditErrors = {
  runtime: runtimeErrors,
  context: contextErrors,
  targets: targetErrors,
  run: runErrors,
  access: accessErrors,
} as const satisfies Partial<Readonly<Record<ComponentKey, Readonly<Record<string, ErrorDefinition>>>>>;

/** Ids of those that are details. */
export const detailIds: ReadonlySet<string> = new Set(Object.values(auditMessages).flatMap((group) => Object.values<MessageDefinition>(group).flatMap(({ id, detail }) => (detail ? [id] : []))));

export { parameterExamples } from './parameters';
