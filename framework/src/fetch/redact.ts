import type { Secret } from '../contract';

export type Redact = (text: string) => string;

/** Takes the values of the secrets, plain and as they stand in a URL, out of a text. They are read at each call: a rotated one is taken out too. */
export function redactor(secrets: readonly Secret[]): Redact {
  return (text) => {
    const values = secrets.map((secret) => secret.reveal()).filter((value) => value !== '');
    // The longest first: one secret may be the beginning of another.
    const forms = values.flatMap((value) => [value, encodeURIComponent(value)]).sort((a, b) => b.length - a.length);
    return forms.reduce((rest, form) => rest.replaceAll(form, '[redacted]'), text);
  };
}
