import { auditMessages, type AuditLog } from '../audit';
import type { ContextRecord } from '../connector';
import { DirectionNotPermitted, ElementRefused, NotAnAsset, NotHome, reasonOf, ZonesNotConfigured } from '../contract';
import type { Clock } from '../shared';
import { damp } from './damp';

const { context, run, runtime } = auditMessages;

/** Reasons of one message and blueprint that are told apart; what is refused for yet another one is counted with those. */
const REASONS = 10;
/** Of many the first few are named. */
const NAMED = 20;

/** Who asked. `log` is made only when something is said. */
export interface Asker {
  readonly connectorName: string;
  readonly target: string;
  log(): AuditLog;
}

/** Says in the audit log what connectors asked for: what was done, and of what was refused the first of each blueprint and reason at once, then their number. */
export interface ContextTeller {
  tell(by: Asker, record: ContextRecord): void;
  /** A comparison found things that nobody brought there. */
  unknownThere(by: Asker, found: { readonly blueprint: string; readonly identifiers: readonly string[] }): void;
}

export function tellContext(of: { readonly clock: Clock; readonly signal: AbortSignal }): ContextTeller {
  const damped = damp({ ...of, ofWhat: 'this kind' });
  const reasons = new Map<string, Set<string>>();

  /** What is one thing to who reads: by its reason, as long as there are not too many. */
  function thingOf(of: readonly string[], reason: string): string {
    const thing = JSON.stringify(of);
    const known = reasons.get(thing) ?? new Set<string>();
    reasons.set(thing, known);
    if (known.size < REASONS) known.add(reason);
    return known.has(reason) ? JSON.stringify([...of, reason]) : thing;
  }

  function refused(by: Asker, { blueprint, identifier, error }: Extract<ContextRecord, { is: 'refused' }>): void {
    const { connectorName } = by;
    const about = { connectorName, blueprint, identifier };
    const say = (reason: string, speak: (log: AuditLog, more: readonly string[]) => void): void => damped(thingOf([connectorName, by.target, error.name, blueprint], reason), (more) => speak(by.log(), more));
    if (error instanceof NotHome) say(error.home, (log, more) => log.log('write', context.notHome, { ...about, homeId: error.home }, more));
    else if (error instanceof DirectionNotPermitted) say('', (log, more) => log.log('write', context.directionNotPermitted, { connectorName, action: error.what, direction: error.direction }, more));
    else if (error instanceof NotAnAsset) say('', (log, more) => log.log('publish', context.notAnAsset, about, more));
    else if (error instanceof ZonesNotConfigured) say('', (log, more) => log.log('publish', context.zonesNotConfigured, about, more));
    else {
      const reason = error instanceof ElementRefused ? error.reason : error.message;
      say(reason, (log, more) => log.log('write', context.rowRefused, { ...about, reason }, more));
    }
  }

  return {
    tell(by, record) {
      const { connectorName } = by;
      switch (record.is) {
        case 'refused':
          return refused(by, record);
        case 'source-made':
          return by.log().log('setContext', context.metadataSourceMade, { connectorName, homeId: record.homeId, sourceKind: record.sourceKind });
        case 'event-handled': {
          const { subscription, event } = record;
          return by.log().log('tell a change', context.eventHandled, { connectorName, subscription, eventType: event.eventType, ...refOf(event.element) });
        }
        case 'event-failed': {
          const { subscription, event, error } = record;
          const parameters = { connectorName, subscription, eventType: event.eventType, ...refOf(event.element), reason: reasonOf(error) };
          const thing = thingOf([connectorName, by.target, subscription, event.element.blueprint], parameters.reason);
          return damped(thing, (more) => (more.length === 0 ? by.log().logException('tell a change', context.eventHandlerFailed, parameters, error) : by.log().log('tell a change', context.eventHandlerFailed, parameters, more)));
        }
        case 'listening':
          return by.log().log('listen', runtime.listenerRegistered, { connectorName, listener: record.listener });
        case 'heard': {
          const { listener } = record;
          return damped(thingOf([connectorName, by.target, 'heard', listener], ''), (more) => by.log().log('listen', runtime.eventReceived, { connectorName, listener }, more));
        }
        case 'not-heard': {
          const { listener, error } = record;
          const parameters = { connectorName, listener, reason: reasonOf(error) };
          const thing = thingOf([connectorName, by.target, 'failed', listener], parameters.reason);
          return damped(thing, (more) => (more.length === 0 ? by.log().logException('listen', runtime.listenerFailed, parameters, error) : by.log().log('listen', runtime.listenerFailed, parameters, more)));
        }
        case 'given-up': {
          const { listener, attempt, error } = record;
          return damped(thingOf([connectorName, by.target, listener, 'given up'], error.message), (more) => by.log().log('listen', runtime.eventGivenUp, { connectorName, listener, attempt, reason: error.message }, more));
        }
        case 'in-topic-taken': {
          const { event } = record;
          return by.log().log('take a message', context.inTopicTaken, { connectorName, messageId: event.id, operation: event.op, ...refOf(event) });
        }
        case 'in-topic-refused': {
          const { event, error } = record;
          return damped(thingOf([connectorName, by.target, 'in topic', event.blueprint], error.name), (more) => by.log().log('take a message', context.inTopicRefused, { connectorName, messageId: event.id, reason: error.message }, more));
        }
      }
    },
    unknownThere(by, { blueprint, identifiers }) {
      const [identifier = '', ...others] = identifiers;
      const more = others.length > 0 ? [`${others.length} more: ${others.slice(0, NAMED).join(', ')}${others.length > NAMED ? ' …' : ''}`] : [];
      by.log().log('compare', run.onlyInThirdParty, { connectorName: by.connectorName, blueprint, identifier }, more);
    },
  };
}

const refOf = ({ blueprint, identifier }: { readonly blueprint: string; readonly identifier: string }) => ({ blueprint, identifier });
