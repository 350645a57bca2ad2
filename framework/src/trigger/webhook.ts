import { isObject, type Log, type Secret } from '../contract';
import { systemClock, type Clock } from '../shared';
import type { RequestResync, RunTicket } from '../store';
import { sameText, verifySignature } from './signature';
import type { TriggerResult } from './trigger';

export interface WebhookOptions {
  /** The trigger's own secret, part of the URL that is registered with the portal. */
  readonly secret?: Secret;
  /** Client secret of the portal's credentials, which signs its calls. */
  readonly clientSecret?: Secret;
  /** Identifiers of the entries that a call may start. */
  entries(): readonly string[];
  readonly request: RequestResync;
  readonly log: Log;
  readonly clock?: Clock;
  count?(result: TriggerResult): void;
}

/** A call to `/resync…`, as it came. */
export interface ResyncCall {
  /** Path segments after `/resync`. */
  readonly identifier?: string;
  readonly secret?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

export type ResyncCallAnswer =
  | { readonly is: 'refused' }
  | { readonly is: 'unknown'; readonly identifier: string }
  /** Every run is stored. */
  | { readonly is: 'accepted'; readonly runs: readonly RunTicket[] };

export interface WebhookTrigger {
  /** Throws what `request` throws: nothing was answered then, and the caller sends again. */
  receive(call: ResyncCall): Promise<ResyncCallAnswer>;
}

/** The trigger `WEBHOOK`: a pure verifier and router of calls to `/resync…`; the server that receives them belongs to ops. */
export function webhookTrigger(options: WebhookOptions): WebhookTrigger {
  const clock = options.clock ?? systemClock;

  const authenticated = (call: ResyncCall): boolean => {
    const { secret, clientSecret } = options;
    const header = (name: string): string | undefined => {
      const value = call.headers[name];
      return typeof value === 'string' ? value : undefined;
    };
    if (secret !== undefined) {
      const bearer = /^Bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1];
      for (const given of [call.secret, bearer]) if (given !== undefined && sameText(given, secret.reveal())) return true;
    }
    const signed = { body: call.body, timestamp: header('x-port-timestamp'), signature: header('x-port-signature') };
    return clientSecret !== undefined && verifySignature(signed, { secret: clientSecret.reveal(), now: clock.now() });
  };

  return {
    async receive(call) {
      if (!authenticated(call)) {
        options.count?.('refused');
        return { is: 'refused' };
      }
      const named = call.identifier ?? namedEntry(call.body);
      const entries = options.entries();
      if (named !== undefined && !entries.includes(named)) {
        options.count?.('ignored');
        return { is: 'unknown', identifier: named };
      }
      const runs: RunTicket[] = [];
      for (const identifier of named === undefined ? entries : [named]) runs.push(await options.request({ identifier, cause: 'webhook' }));
      options.count?.('requested');
      options.log.debug('resync asked for by a call', { integration: named ?? '*' });
      return { is: 'accepted', runs };
    },
  };
}

/** The entry a change message speaks of; undefined when it names none, or is no JSON (which counts as empty). */
function namedEntry(body: Buffer): string | undefined {
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);
  const names = [member(member(message, 'context'), 'integrationId'), member(member(member(message, 'diff'), 'after'), 'identifier')];
  return names.find((name): name is string => typeof name === 'string' && name !== '');
}
