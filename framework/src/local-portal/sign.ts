import { createHmac } from 'node:crypto';

/** Port's signature of an outgoing call: HMAC-SHA256 over `{timestamp}.{body}`; timestamp in epoch seconds. */
export const sign = (secret: string, call: { readonly timestamp: number; readonly body: string }): string => `v1,${createHmac('sha256', secret).update(`${call.timestamp}.${call.body}`).digest('base64')}`;
