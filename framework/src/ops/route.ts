import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { ProblemAnswer, ProblemStatus } from './problem';
import type { OperationsRuntime } from './runtime';
import type { ServerState } from './server-state';

/** Who may call: `open` everybody; `operator` the rules of access.ts; `trigger` who the handler itself lets in. */
export type Access = 'open' | 'operator' | 'trigger';

type Answers = Readonly<Record<number, z.ZodType>>;
type Awaitable<T> = T | Promise<T>;

export interface Call<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** As it came; empty when there was none. */
  readonly raw: Buffer;
  readonly headers: IncomingHttpHeaders;
  readonly server: ServerState;
  /** Throws STORE_UNREACHABLE while this process does not own its store yet. */
  runtime(): OperationsRuntime;
}

export type AnswerOf<R extends Answers> = { [S in keyof R & number]: { readonly status: S; readonly body: z.input<R[S]>; readonly headers?: Readonly<Record<string, string>> } }[keyof R & number];

export interface RouteSpec<P, Q, B, R extends Answers> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** `{name}` is one segment, percent-decoded; a last `{name+}` takes the rest of the path (see `tail` in app.ts). */
  readonly path: string;
  readonly summary: string;
  readonly access: Access;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  /** Absent: a body is not read as JSON; `raw` has it. */
  readonly body?: z.ZodType<B>;
  readonly answers: R;
  /** Errors of its own, beside those that every route may answer. */
  readonly refuses?: readonly ProblemStatus[];
  /** Media type of a successful answer. Default JSON. */
  readonly produces?: string;
  handle(call: Call<P, Q, B>): Awaitable<AnswerOf<R> | ProblemAnswer>;
}

/** What is sent, whatever the route. A body that is undefined sends none. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A route whose types were checked where it was written; the table holds routes of all shapes. */
export interface Route extends Omit<RouteSpec<unknown, unknown, unknown, Answers>, 'handle'> {
  handle(call: Call<unknown, unknown, unknown>): Awaitable<Answer>;
}

/** Handlers get what their schemas gave and can only answer what they declare. */
export function route<P = Record<string, never>, Q = Record<string, never>, B = undefined, const R extends Answers = Answers>(spec: RouteSpec<P, Q, B, R>): Route {
  return { ...spec, handle: (call) => spec.handle(call as Call<P, Q, B>) };
}

/** Finds which routes a path belongs to, whatever their method: what 405 and its `Allow` need. */
export function pathPattern(path: string): RegExp {
  const pattern = path.replace(/[.*]/g, '\\$&').replace(/\{\w+\+\}/g, '.+').replace(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}/?$`);
}
