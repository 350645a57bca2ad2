import { fillTexts, type ErrorDefinition, type MessageTexts, type ParametersOf } from './definition';
import { showText, type Redact } from './show-value';

/** An error as it leaves. */
export interface FormattedError extends MessageTexts {
  readonly id: string;
  readonly httpStatus: number;
}

/** The texts of an error with its parameters in place, without the secret values that `redact` knows. */
export function formatError<TDefinition extends ErrorDefinition>(definition: TDefinition, parameters: ParametersOf<TDefinition>, redact: Redact): FormattedError {
  const values: Readonly<Record<string, unknown>> = parameters;
  const texts = fillTexts(definition, (name) => (Object.hasOwn(values, name) ? showText(values[name], redact) : undefined));
  return { id: definition.id, httpStatus: definition.httpStatus, ...texts };
}
