import type { HttpSpec } from '../contract';
import type { Send } from './outgoing';

/** Adds the headers that carry credentials, made anew for each send. A 401 renews them and sends once more; calls that are refused together renew once. */
export function withAuth(spec: HttpSpec, send: Send): Send {
  if (!spec.auth) return send;
  const credentials = async (refresh: boolean): Promise<Readonly<Record<string, string>>> => (await spec.auth?.({ refresh })) ?? {};
  let renewal: Promise<Readonly<Record<string, string>>> | undefined;
  const renewed = (): Promise<Readonly<Record<string, string>>> =>
    (renewal ??= credentials(true).finally(() => {
      renewal = undefined;
    }));
  return async (outgoing) => {
    const incoming = await send({ ...outgoing, headers: { ...outgoing.headers, ...(await credentials(false)) } });
    if (incoming.status !== 401) return incoming;
    return send({ ...outgoing, headers: { ...outgoing.headers, ...(await renewed()) } });
  };
}
