import { backoff } from '../../shared';

const RETRY = { initialMs: 1_000, factor: 2, maxMs: 60_000 };

/** So often a listener is told the same thing; then it is a dead letter, and what comes after it goes on. */
export const TRIES = 5;

/** Wait before the next attempt; `attempt` counts from 1. */
export const waitBefore = (attempt: number): number => Math.max(500, backoff(RETRY, attempt));
