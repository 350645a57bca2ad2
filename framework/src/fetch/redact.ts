import type { Secret } from '../contract';
import { withhold } from '../shared';

export type Redact = (text: string) => string;

/** Takes the values of the secrets out of a text. They are read at each call: a rotated one is taken out too. */
export function redactor(secrets: readonly Secret[]): Redact {
  return (text) => withhold(text, secrets.map((secret) => secret.reveal()));
}
