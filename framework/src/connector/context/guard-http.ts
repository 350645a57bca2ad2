import { DirectionNotPermitted, type Direction, type Http } from '../../contract';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A client that only reads, unless the direction writes to the third party: the second place where direction is enforced. */
export function guardHttp(http: Http, of: { readonly connector: string; readonly direction: Direction; refused(error: DirectionNotPermitted): void }): Http {
  if (of.direction === 'TO_THIRD_PARTY') return http;
  return {
    ...http,
    send(request) {
      const method = (request.method ?? 'GET').toUpperCase();
      if (READS.has(method)) return http.send(request);
      const error = new DirectionNotPermitted(of.connector, of.direction, `a ${method} to the third party`);
      of.refused(error);
      return Promise.reject(error);
    },
  };
}
