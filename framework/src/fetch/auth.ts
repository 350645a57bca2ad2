import type { Http, HttpSpec } from '../contract';
import type { Send } from './outgoing';

type Headers = Readonly<Record<string, string>>;

/** Adds the headers that carry credentials, made anew for each send. A 401 renews them and sends once more; calls that are refused together renew once. `http`: without credentials. */
export function withAuth(spec: HttpSpec, http: Http, send: Send): Send {
  if (!spec.auth) return send;
  const credentials = async (refresh: boolean): Promise<Headers> => (await spec.auth?.({ refresh, http })) ?? {};
  let renewals = 0;
  let latest: Headers = {};
  let renewing: Promise<Headers> | undefined;

  async function renew(): Promise<Headers> {
    try {
      latest = await credentials(true);
      renewals++;
      return latest;
    } finally {
      renewing = undefined;
    }
  }

  /** `before`: renewals when the refused call was sent. One that was refused with what has been renewed since says nothing about the new credentials. */
  const renewed = async (before: number): Promise<Headers> => (renewals > before ? latest : (renewing ??= renew()));

  return async (outgoing) => {
    const before = renewals;
    const incoming = await send({ ...outgoing, headers: { ...outgoing.headers, ...(await credentials(false)) } });
    if (incoming.status !== 401) return incoming;
    return send({ ...outgoing, headers: { ...outgoing.headers, ...(await renewed(before)) } });
  };
}
