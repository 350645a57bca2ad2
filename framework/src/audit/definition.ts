import { severityOf, type Severity } from './severities';

/** The three texts of a message, with `{name}` where a parameter stands. */
export interface MessageTexts {
  /** What happened, to what. */
  readonly message: string;
  /** What the system did now. */
  readonly systemAction: string;
  /** What the reader can do; `none` only where nothing is wrong. */
  readonly userAction: string;
}

/** A message of the log; `AuditMessage` of the contract, with texts that the compiler knows. */
export interface MessageDefinition extends MessageTexts {
  /** `<COMPONENT>-<nnnn>`, never reused. */
  readonly id: string;
  readonly severity: Exclude<Severity, 'UNKNOWN'>;
  /** The text log shows it at level debug: one of many steps, or something that has a line of its own there. Every other destination takes it by its severity. */
  readonly detail?: true;
}

/** An error that leaves by REST or is thrown at a connector, under the code that is its key; it is told there in words of the place. */
export interface ErrorDefinition extends MessageTexts {
  /** `<COMPONENT>-<http>-<nnn>`, never reused. */
  readonly id: string;
  readonly httpStatus: 400 | 401 | 403 | 404 | 409 | 503;
}

type NamesIn<TText extends string> = TText extends `${string}{${infer TName}}${infer TRest}` ? TName | NamesIn<TRest> : never;

/** Names of the parameters that stand in any of the texts. */
export type ParameterNames<TTexts extends MessageTexts> = NamesIn<TTexts['message'] | TTexts['systemAction'] | TTexts['userAction']>;

/** Anything but undefined: a record shows what it can of it. */
export type ParameterValue = NonNullable<unknown> | null;

/** The parameters that a definition asks for: one more or one less is a compile error. Of a definition whose texts are not known to the compiler: any. */
export type ParametersOf<TTexts extends MessageTexts> = string extends TTexts['message']
  ? Readonly<Record<string, ParameterValue>>
  : [ParameterNames<TTexts>] extends [never]
    ? Readonly<Record<string, never>>
    : Readonly<Record<ParameterNames<TTexts>, ParameterValue>>;

const PLACEHOLDER = /\{([a-z][A-Za-z0-9]*)\}/g;

/** Names of the parameters in these texts, each once, in order. */
export const placeholdersOf = ({ message, systemAction, userAction }: MessageTexts): readonly string[] => [
  ...new Set([message, systemAction, userAction].flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!))),
];

/** The texts with the values in place. A value is never looked into: what looks like a placeholder in it stays text. */
export function fillTexts(texts: MessageTexts, valueOf: (name: string) => string | undefined): MessageTexts {
  const fill = (text: string): string => text.replace(PLACEHOLDER, (placeholder, name: string) => valueOf(name) ?? placeholder);
  return { message: fill(texts.message), systemAction: fill(texts.systemAction), userAction: fill(texts.userAction) };
}

const MESSAGE_ID = /^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d{4}$/;
const ERROR_ID = /^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-([45]\d\d)-\d{3}$/;
const CALM = new Set(['trace', 'debug', 'info']);

/** What is wrong with definitions, one line each: forms of ids, ids used twice, empty texts, severities, placeholders. Nothing wrong: an empty list. */
export function findFaults(definitions: readonly (MessageDefinition | ErrorDefinition)[]): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const definition of definitions) {
    const say = (fault: string): void => void faults.push(`${definition.id}: ${fault}`);
    if (seen.has(definition.id)) say('the id is used twice');
    seen.add(definition.id);
    if ('httpStatus' in definition) {
      if (ERROR_ID.exec(definition.id)?.[1] !== String(definition.httpStatus)) say(`the id must be <COMPONENT>-${definition.httpStatus}-<nnn>`);
    } else if (!MESSAGE_ID.test(definition.id)) say('the id must be <COMPONENT>-<nnnn>');
    for (const part of ['message', 'systemAction', 'userAction'] as const) {
      const text = definition[part];
      if (typeof text !== 'string' || text.trim() === '') say(`${part} is empty`);
      else if (/[{}]/.test(text.replace(PLACEHOLDER, ''))) say(`${part} has a brace that belongs to no placeholder`);
    }
    if ('severity' in definition && severityOf(definition.severity).name === 'UNKNOWN') say(`the severity is ${String(definition.severity)}`);
    const calm = 'severity' in definition && CALM.has(severityOf(definition.severity).level);
    if (definition.userAction === 'none' && !calm) say('somebody has to do something about it: userAction must not be none');
  }
  return faults;
}
