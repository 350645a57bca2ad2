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

/** Every error that REST answers or a connector catches, by component and code; the code is that of the error table where it stands there. */
export const auditErrors = {
  runtime: runtimeErrors,
  context: contextErrors,
  targets: targetErrors,
  run: runErrors,
  access: accessErrors,
} as const satisfies Partial<Readonly<Record<ComponentKey, Readonly<Record<string, ErrorDefinition>>>>>;

export type AuditErrorCode = { [Key in keyof typeof auditErrors]: keyof (typeof auditErrors)[Key] }[keyof typeof auditErrors];

/** The same by code alone, which is that of one error. */
export const errorsByCode: ReadonlyMap<string, ErrorDefinition> = new Map(Object.values(auditErrors).flatMap((group) => Object.entries<ErrorDefinition>(group)));

/** Ids of those that are details. */
export const detailIds: ReadonlySet<string> = new Set(Object.values(auditMessages).flatMap((group) => Object.values<MessageDefinition>(group).flatMap(({ id, detail }) => (detail ? [id] : []))));

export { parameterExamples } from './parameters';
