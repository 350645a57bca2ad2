import { FrameworkError, type Target } from '../../contract';
import { createInstance, type InstanceOptions } from './instance';
import { createMeasures } from './measures';

export interface Trial {
  readonly settings: InstanceOptions['settings'];
  readonly surroundings: InstanceOptions['surroundings'];
  /** How long `start` may take. */
  readonly startMs: number;
}

/** One instance on its target: set up, started, disconnected. Throws what it fails with; ends within the time that `start` may take and the grace time. */
export async function tryOut(target: Target, { settings, surroundings, startMs }: Trial): Promise<void> {
  const nothing = (): void => undefined;
  const instance = createInstance({
    settings,
    surroundings,
    target,
    instanceId: surroundings.newId(),
    lifecycle: { nextRefreshAt: () => undefined, refreshInProgress: () => false, requestRefresh: nothing, run: () => undefined },
    measures: createMeasures(nothing),
    mayHear: () => false,
    stray: nothing,
    say: nothing,
    addTarget: nothing,
    removeTarget: nothing,
  });
  try {
    const setUp = await instance.setUp();
    if (setUp.is === 'failed') throw setUp.err;
    const called = await instance.call('start', { deadlineMs: startMs, invoke: (connector, signal) => connector.start?.(signal) });
    if (called.is === 'threw') throw called.err;
    if (called.is !== 'returned') throw new FrameworkError('CONNECTOR_TIMEOUT', ['start', settings.identifier, startMs]);
  } finally {
    await instance.end();
  }
}
