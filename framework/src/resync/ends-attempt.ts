import { FrameworkError } from '../contract';

/** The store did not answer, or the run is not ours any more: the whole attempt ends, and nothing of it counts as failed. It is made again if the run is still open. */
export const endsAttempt = (thrown: unknown): boolean =>
  thrown instanceof FrameworkError && ((thrown.stage === 'store' && thrown.recovery === 'retry') || thrown.code === 'RUN_SUPERSEDED');
