/** Lets writers wait while a queue is above its high water, and others until it is empty. */
export interface QueueGate {
  set(size: number): void;
  /** Resolves when the queue is below its high water. */
  open(signal: AbortSignal): Promise<void>;
  /** Resolves when the queue is empty. */
  empty(signal: AbortSignal): Promise<void>;
}

export function createQueueGate(highWater: number): QueueGate {
  let size = 0;
  const waiting = new Set<{ below: number; go: () => void }>();
  const until = (below: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      if (size < below) return resolve();
      const waiter = { below, go: resolve };
      const stop = (): void => {
        waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      waiter.go = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      waiting.add(waiter);
      signal.addEventListener('abort', stop, { once: true });
    });
  return {
    set(next) {
      size = next;
      for (const waiter of waiting) {
        if (size >= waiter.below) continue;
        waiting.delete(waiter);
        waiter.go();
      }
    },
    open: (signal) => until(highWater, signal),
    empty: (signal) => until(1, signal),
  };
}
