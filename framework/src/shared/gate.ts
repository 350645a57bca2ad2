/** Lets writers wait while a queue is above its high water. */
export interface QueueGate {
  set(size: number): void;
  /** Resolves when the queue is below its high water. */
  open(signal: AbortSignal): Promise<void>;
}

export function createQueueGate(highWater: number): QueueGate {
  let size = 0;
  const waiting = new Set<() => void>();
  return {
    set(next) {
      size = next;
      if (size < highWater) for (const go of waiting) go();
    },
    open: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (size < highWater) return resolve();
        const stop = (): void => {
          waiting.delete(go);
          reject(signal.reason as Error);
        };
        const go = (): void => {
          waiting.delete(go);
          signal.removeEventListener('abort', stop);
          resolve();
        };
        waiting.add(go);
        signal.addEventListener('abort', stop, { once: true });
      }),
  };
}
