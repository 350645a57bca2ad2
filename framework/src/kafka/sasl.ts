import type { SASLOptions } from 'kafkajs';

/** Undefined: the mechanism is none of PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 (in any case). */
export function saslOf(mechanism: string, username: string, password: string): SASLOptions | undefined {
  const name = mechanism.toLowerCase();
  return name === 'plain' || name === 'scram-sha-256' || name === 'scram-sha-512' ? { mechanism: name, username, password } : undefined;
}
