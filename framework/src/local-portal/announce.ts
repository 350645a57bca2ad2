import type { Log, Secret } from '../contract';
import { backoff, isObject, toJson, type Clock, type JsonObject } from '../shared';
import { postSigned } from './post-signed';

export interface Change {
  readonly action: 'UPDATE' | 'DELETE';
  readonly before: JsonObject | null;
  readonly after: JsonObject | null;
  readonly identifier: string;
}

export interface Announce {
  /** An integration was changed on purpose: a message, or a POST to the URL it registered. */
  changed(change: Change): void;
  /** Its resync state was written: a message, never a POST. */
  stateWritten(change: Change): void;
  /** Ends what is still being tried. */
  close(): void;
}

export interface AnnounceOptions {
  readonly organization: string;
  /** Requests go to their own topic instead of the change log. */
  readonly requestsTopic: boolean;
  readonly publish?: (topic: string, message: string) => Promise<void>;
  readonly clientSecret: Secret;
  readonly clock: Clock;
  readonly log: Log;
}

const POST_TRIES = 3;
const POST_BACKOFF = { initialMs: 500, factor: 3, maxMs: 10_000 };

/** Tells the world about integrations (port-contract 11, 12.1). Nothing here fails the call that made the change. */
export function announce(options: AnnounceOptions): Announce {
  const { organization, clock, log } = options;
  const stop = new AbortController();
  const publish = (topic: string, change: Change): void => {
    if (!options.publish) return;
    options.publish(`${organization}.${topic}`, toJson(messageOf(change, options))).catch((err: unknown) => {
      log.warn('a change message could not be published', { integration: change.identifier, topic, err });
    });
  };
  const post = async (url: string, change: Change): Promise<void> => {
    const body = toJson(messageOf(change, options));
    for (let attempt = 1; ; attempt++) {
      const fault = await postSigned({ url, body, secret: options.clientSecret, now: clock.now(), signal: stop.signal });
      if (fault === undefined || stop.signal.aborted) return;
      // Without the URL: the last segment of ours is a secret.
      if (attempt === POST_TRIES) return log.warn('the registered webhook did not take a change', { integration: change.identifier, reason: fault });
      await clock.sleep(backoff(POST_BACKOFF, attempt), stop.signal);
    }
  };
  return {
    changed(change) {
      publish(options.requestsTopic ? 'integration.resync.requests' : 'change.log', change);
      const destination = (change.after ?? {})['changelogDestination'];
      if (!isObject(destination) || destination['type'] !== 'WEBHOOK' || typeof destination['url'] !== 'string') return;
      post(destination['url'], change).catch((err: unknown) => {
        if (!stop.signal.aborted) log.warn('the registered webhook could not be called', { integration: change.identifier, err });
      });
    },
    stateWritten: (change) => publish('change.log', change),
    close: () => stop.abort(new Error('the portal is closing')),
  };
}

function messageOf(change: Change, { organization, clock }: AnnounceOptions): JsonObject {
  const shown = change.after ?? change.before ?? {};
  return {
    action: change.action,
    resourceType: 'integration',
    status: 'SUCCESS',
    trigger: { by: { orgId: organization, userId: 'machine' }, origin: 'API', at: new Date(clock.now()).toISOString() },
    context: { integrationId: change.identifier },
    diff: { before: change.before, after: change.after },
    changelogDestination: shown['changelogDestination'] ?? {},
  };
}
