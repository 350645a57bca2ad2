export interface BackoffShape {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** False: no jitter. */
  readonly jitter?: boolean;
}

/** Exponential backoff with full jitter: a time in [0, min(max, initial · factor^(attempt-1))], in milliseconds; `attempt` counts from 1. */
export function backoff(shape: BackoffShape, attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(shape.maxMs, shape.initialMs * shape.factor ** Math.min(attempt - 1, 30));
  return Math.round(shape.jitter === false ? ceiling : random() * ceiling);
}
