import type { InTopicEvent, OutTopicEvent } from '../../contract';
import type { Refusal } from '../elements';

/** What is said to the audit log of what a connector asked for. */
export type ContextRecord =
  | ({ readonly is: 'refused' } & Refusal)
  | { readonly is: 'source-made'; readonly homeId: string; readonly sourceKind: string }
  | { readonly is: 'event-handled'; readonly subscription: string; readonly event: OutTopicEvent }
  | { readonly is: 'event-failed'; readonly subscription: string; readonly event: OutTopicEvent; readonly error: unknown }
  | { readonly is: 'listening' | 'heard'; readonly listener: string }
  | { readonly is: 'not-heard'; readonly listener: string; readonly error: unknown }
  | { readonly is: 'given-up'; readonly listener: string; readonly attempt: number; readonly error: Error }
  | { readonly is: 'in-topic-taken'; readonly event: InTopicEvent }
  | { readonly is: 'in-topic-refused'; readonly event: InTopicEvent; readonly error: Error };
