import { sign } from '../../trigger';

/** Headers of a call that the portal signs now, or `offsetSeconds` from now. */
export function signCall(body: string, secret: string, offsetSeconds = 0): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1_000) + offsetSeconds);
  return { 'x-port-timestamp': timestamp, 'x-port-signature': sign(body, timestamp, secret) };
}
