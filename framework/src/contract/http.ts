/** A request to the source, relative to `baseUrl` of the client or absolute to the same host. */
export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Statuses that are an answer and no error, for example [404]. */
  readonly accept?: readonly number[];
  /** A POST that may be sent twice without harm, so it is retried like a GET. */
  readonly idempotent?: boolean;
}
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON (integers beyond 2^53 as BigInt), undefined for an empty body. */
  readonly body: unknown;
}

/**
 * The client of a source: keep-alive, time limit, retries with Retry-After, budget, proxy, redaction. Secrets go into `auth` and nowhere else.
 * Throws FrameworkError: SOURCE_REFUSED (401, 403), SOURCE_NOT_FOUND (404), SOURCE_FAILED, SOURCE_UNREACHABLE after the retries.
 */
export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Body of a GET. */
  get(url: string, query?: HttpRequest['query']): Promise<unknown>;
}

export interface AuthOptions {
  /** Set on the one resend after a 401. */
  readonly refresh: boolean;
  /** The same client without credentials of its own: for the call that exchanges lasting ones for a token. */
  readonly http: Http;
}

/** How an integration talks to its source by HTTP; made from settings, once per entry. */
export interface HttpSpec {
  readonly baseUrl: string;
  /** Headers that carry credentials, made for each send (a rotated secret is used at once). */
  auth?(options: AuthOptions): Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests at the source's own limit; the tighter of this and `http.concurrency` of the entry holds. */
  readonly concurrency?: number;
  /** Answers that mean "slow down" though their status does not say so; gives the wait in milliseconds. */
  rateLimit?(answer: HttpAnswer): number | undefined;
  /** Beside the host of `baseUrl`. A request to any other host is refused, so credentials never leave. */
  readonly otherHosts?: readonly string[];
}
