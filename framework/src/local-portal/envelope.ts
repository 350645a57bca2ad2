import type { JsonObject } from '../shared';
import { toJson } from '../shared';

/** What a call is answered with; `text` is JSON. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** `{"ok":true, …members}`. */
export const ok = (members: Readonly<Record<string, unknown>> = {}, status = 200): Answer => ({ status, text: toJson({ ok: true, ...members }) });

/** As `ok` for one member that is JSON text already. */
export const okText = (noun: string, text: string, status = 200): Answer => ({ status, text: `{"ok":true,"${noun}":${text}}` });

/** The call, or one row of it, is refused: becomes the error envelope or the row's entry in `errors`. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    options: { readonly message: string; readonly details?: JsonObject },
  ) {
    super(options.message);
    this.name = 'Refusal';
    if (options.details) this.details = options.details;
  }
  readonly details?: JsonObject;
}

export const refusalAnswer = (refusal: Refusal): Answer => ({
  status: refusal.status,
  text: toJson({ ok: false, error: refusal.code, message: refusal.message, ...(refusal.details ? { details: refusal.details } : {}) }),
});

export const notFound = (resource: string, identifier: string): Refusal =>
  new Refusal(404, 'not_found', { message: `${resource} with identifier ${JSON.stringify(identifier)} was not found`, details: { resource, withKey: 'identifier', withValue: identifier } });

/** 422: `field` is the path of the member that is wrong, for example `properties.status`. */
export const invalid = (field: string, message: string): Refusal => new Refusal(422, 'invalid_request', { message: `${field} ${message}`, details: { field } });
