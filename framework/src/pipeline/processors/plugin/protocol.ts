import { isObject, toJson, type Json, type JsonObject } from '../../../shared';
import type { PipelineEvent } from '../types';

/** One message, in either direction. */
export const MAX_BYTES = 32 * 1024 * 1024;
export const PROTOCOL = 1;

export type Method = 'init' | 'process' | 'ping' | 'shutdown';

/** What becomes of a request. */
export type Answer =
  | { readonly is: 'result'; readonly result: JsonObject }
  /** The plugin says no. `afterMs`: when it wants to be asked again. */
  | { readonly is: 'error'; readonly code: string; readonly message: string; readonly retryable: boolean; readonly afterMs?: number }
  /** It went away with the request in hand: exit, broken pipe, unreadable answer. */
  | { readonly is: 'broken'; readonly cause: string }
  /** The request never reached it, or we took the plugin away ourselves. */
  | { readonly is: 'away'; readonly cause: string };

export interface Call {
  readonly method: Method;
  readonly params?: JsonObject;
  /** Aborted: nobody waits any more, a late answer is dropped. */
  readonly signal: AbortSignal;
}

/** A plugin that was started or is reached. Carriers differ in how; both speak this. */
export interface PluginLine {
  /** Never rejects. */
  call(call: Call): Promise<Answer>;
  /** Resolves with the cause when the plugin went away. */
  readonly gone: Promise<string>;
  /** Requests in flight end as `away`. `shutdown` asks it first. Resolves when it is gone; may be called again. */
  end(how: 'shutdown' | 'terminate'): Promise<void>;
}

export const requestText = (id: string, { method, params }: Pick<Call, 'method' | 'params'>): string => toJson({ id, method, ...(params && { params }) });

/** Reads `{result}` or `{error}`; undefined: neither stands there. */
export function readAnswer(message: JsonObject): Answer | undefined {
  const { result, error } = message;
  if (isObject(result)) return { is: 'result', result: result as JsonObject };
  if (!isObject(error)) return undefined;
  const { code, message: text, retryable } = error;
  return { is: 'error', code: typeof code === 'string' || typeof code === 'number' ? String(code) : 'error', message: typeof text === 'string' ? text : '', retryable: retryable === true };
}

export const tooLarge: Answer = { is: 'error', code: 'TOO_LARGE', message: `the event has more than ${MAX_BYTES / 1024 / 1024} MiB`, retryable: false };

/** The event as a plugin sees it. */
export function eventParams(event: PipelineEvent): JsonObject {
  const { id, source, eventType, operation, kind, receivedAt, data } = event;
  const keys: readonly Json[] = event.keys.map(({ name, value }) => ({ name, value }));
  return { event: { id, source, eventType, operation, kind, keys, receivedAt, data } };
}
