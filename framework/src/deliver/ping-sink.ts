import { FrameworkError } from '../contract';
import type { Sink } from './sink';

/** A ping that takes longer says that the sink is away. */
const PING_MS = 15_000;

export const messageOf = (err: unknown): string => (err instanceof FrameworkError || err instanceof Error ? err.message : String(err));

/** Why the sink does not answer, or refuses our credentials; undefined: it is there, or cannot be asked. */
export async function pingSink<TItem>(sink: Sink<TItem>, signal: AbortSignal): Promise<string | undefined> {
  try {
    await sink.ping?.(AbortSignal.any([signal, AbortSignal.timeout(PING_MS)]));
    return undefined;
  } catch (err) {
    return messageOf(err);
  }
}
