/** Does it consume? `detail` is one sentence for people when it does not, or when there is something to know. */
export interface TriggerReadiness {
  readonly ok: boolean;
  readonly detail?: string;
}

/**
 * What all triggers are: they turn something that happens elsewhere into requests, and count it as done only after the request is stored.
 * A trigger never gives up: whatever it talks to may be away, and it goes on when that is back.
 */
export interface Trigger {
  /** Begins and returns; what it needs may come later, `ready` tells. Once. The signal stops it at once. */
  start(signal: AbortSignal): Promise<void>;
  ready(): TriggerReadiness;
  /** Resolves when nothing of it runs any more; what was not stored is asked for again by the next start. */
  stop(): Promise<void>;
}

/** What became of one message, poll or call; what `if_trigger_messages_total` counts. */
export type TriggerResult = 'requested' | 'ignored' | 'malformed' | 'refused';
