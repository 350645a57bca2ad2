import type { Clock } from '../../shared';

const EVERY_MS = 1_000;
/** From here on it is reported. */
const LATE_MS = 500;

/** All connectors share one thread. Reports how long nobody could do anything, because something computed without a wait. Ends with the signal. */
export async function watchDelay(clock: Clock, report: (delayMs: number) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const due = clock.now() + EVERY_MS;
    const slept = await clock.sleep(EVERY_MS, signal).then(() => true, () => false);
    const late = clock.now() - due;
    if (slept && late >= LATE_MS) report(late);
  }
}
