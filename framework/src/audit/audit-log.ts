import type { Component } from '../contract';
import type { Clock } from '../shared';
import { createAuditQueue, type DestinationState, type Trouble } from './audit-queue';
import { components } from './component';
import { fillTexts, type MessageDefinition, type ParametersOf } from './definition';
import type { Destination } from './destinations';
import { auditMessages } from './messages';
import type { AuditRecord, Originator, Scope } from './record';
import { createRecordIds } from './record-id';
import { severityOf, type Severity } from './severities';
import { showException, showText, showValue, type Redact, type ShownValue } from './show-value';

/** Pieces of additional information that a record holds, at most. */
const INFORMATION = 20;
const MESSAGE = 16_384;

/** How often a component and those below it have spoken, by severity. Records that no destination takes are counted too. */
export interface AuditReport {
  readonly component: string;
  readonly counts: Readonly<Partial<Record<Severity, number>>>;
  readonly children: readonly AuditReport[];
}

/** What speaks of one component. No call waits, and none throws, whatever it is given. */
export interface AuditLog {
  readonly component: Component;
  /** `action`: what the speaker was doing. `information`: more lines for the reader. */
  log<TDefinition extends MessageDefinition>(action: string, definition: TDefinition, parameters: ParametersOf<TDefinition>, information?: readonly unknown[]): void;
  /** The same, with what was thrown. */
  logException<TDefinition extends MessageDefinition>(action: string, definition: TDefinition, parameters: ParametersOf<TDefinition>, thrown: unknown): void;
  /** The log of a component below this one. Its records are in this scope, and in `scope`. */
  child(component: Component, scope?: Scope): AuditLog;
  report(): AuditReport;
}

/** The log of a process. */
export interface RootAuditLog extends AuditLog {
  destinations(): readonly DestinationState[];
  /** Resolves when every destination has what was logged before, or has failed to take it. */
  flush(): Promise<void>;
  /** Gives each destination one last try, within this time. Default: 5 s. */
  close(graceMs?: number): Promise<void>;
}

export interface AuditLogOptions {
  readonly component: Component;
  readonly originator: Originator;
  readonly destinations: readonly Destination[];
  readonly clock: Clock;
  /** Takes the secret values that this process knows out of a text. */
  readonly redact: Redact;
}

/** Counts of one component. A component that is made again and again (an instance, a run) has one. */
interface Count {
  readonly component: string;
  readonly severities: Map<Severity, number>;
  readonly children: Map<string, Count>;
}

interface Saying {
  readonly action: string;
  readonly definition: MessageDefinition;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly information?: readonly unknown[] | undefined;
  readonly thrown?: { readonly error: unknown };
  /** A destination that is not told. */
  readonly except?: Destination;
}

export function createAuditLog(options: AuditLogOptions): RootAuditLog {
  const { originator, destinations, clock, redact } = options;
  const nextId = createRecordIds();
  const queue = createAuditQueue({ destinations, clock, tell });

  function recordOf(component: Component, scope: Scope, saying: Saying): AuditRecord {
    const { definition, thrown } = saying;
    const severity = severityOf(definition.severity);
    const parameters = shownParameters(saying.parameters, redact);
    const texts = fillTexts(definition, (name) => (parameters.has(name) ? String(parameters.get(name)) : undefined));
    const now = clock.now();
    return {
      guid: nextId(now),
      timeStamp: new Date(now).toISOString(),
      originator,
      component,
      actionDescription: showText(saying.action, redact),
      ...scope,
      severityCode: severity.code,
      severity: severity.name,
      messageId: definition.id,
      messageText: showText(texts.message, redact, MESSAGE),
      messageParameters: Object.fromEntries(parameters),
      additionalInformation: (saying.information ?? []).slice(0, INFORMATION).map((line) => showText(line, redact)),
      systemAction: showText(texts.systemAction, redact, MESSAGE),
      userAction: showText(texts.userAction, redact, MESSAGE),
      ...(thrown && { exception: showException(thrown.error, redact) }),
    };
  }

  function say(speaker: Speaker, saying: Saying): void {
    try {
      const { name } = severityOf(saying.definition.severity);
      speaker.count.severities.set(name, (speaker.count.severities.get(name) ?? 0) + 1);
      if (!destinations.some((destination) => destination.accepts(name))) return;
      queue.push(recordOf(speaker.component, speaker.scope, saying), saying.except);
    } catch (err) {
      if (speaker !== own) say(own, { action: 'make a record', definition: auditMessages.audit.recordFailed, parameters: { componentName: speaker.component.name }, thrown: { error: err } });
    }
  }

  function tell(trouble: Trouble): void {
    const { destination } = trouble;
    const named = { destination: destination.name };
    const { audit } = auditMessages;
    if (trouble.is === 'lost') return say(own, { action: 'keep records', definition: audit.recordsLost, parameters: { ...named, count: trouble.count } });
    const since = new Date(trouble.since).toISOString();
    if (trouble.is === 'recovered') return say(own, { action: 'write records', definition: audit.destinationRecovered, parameters: { ...named, since } });
    const parameters = { ...named, since, attempt: trouble.attempts, reason: trouble.reason };
    say(own, { action: 'write records', definition: audit.destinationFailing, parameters, except: destination });
  }

  interface Speaker {
    readonly component: Component;
    readonly count: Count;
    readonly scope: Scope;
  }

  function speakerBelow({ count, scope }: Speaker, component: Component, more: Scope = {}): Speaker {
    return { component, count: component.name === count.component ? count : countBelow(count, component.name), scope: { ...scope, ...more } };
  }

  function logOf(speaker: Speaker): AuditLog {
    return {
      component: speaker.component,
      log: (action, definition, parameters, information) => say(speaker, { action, definition, parameters, information }),
      logException: (action, definition, parameters, error) => say(speaker, { action, definition, parameters, thrown: { error } }),
      child: (component, scope) => logOf(speakerBelow(speaker, component, scope)),
      report: () => reportOf(speaker.count),
    };
  }

  const root: Speaker = { component: options.component, count: newCount(options.component.name), scope: {} };
  const own = speakerBelow(root, components.audit);
  return { ...logOf(root), destinations: queue.states, flush: queue.flush, close: queue.close };
}

/** What a caller without types gives may be anything, and reading it may throw. */
function shownParameters(parameters: Readonly<Record<string, unknown>>, redact: Redact): ReadonlyMap<string, ShownValue> {
  const shown = new Map<string, ShownValue>();
  for (const name of Object.keys(parameters ?? {})) {
    let value: unknown;
    try {
      value = parameters[name];
    } catch {
      value = '[unreadable]';
    }
    shown.set(name, showValue(value, redact));
  }
  return shown;
}

const newCount = (component: string): Count => ({ component, severities: new Map(), children: new Map() });

function countBelow(count: Count, component: string): Count {
  const known = count.children.get(component) ?? newCount(component);
  count.children.set(component, known);
  return known;
}

const reportOf = ({ component, severities, children }: Count): AuditReport => ({
  component,
  counts: Object.fromEntries(severities),
  children: [...children.values()].map(reportOf),
});
