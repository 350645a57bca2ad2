import { getEventListeners } from 'node:events';
import { openLane } from './lane';
import type { Priority } from './types';

const tick = (): Promise<void> => new Promise(setImmediate);

describe('openLane', () => {
  it('runs no more than its size at a time, live ones first', async () => {
    const lane = openLane(1);
    const order: string[] = [];
    let open!: () => void;
    const first = lane({ priority: 'background' }, () => new Promise<void>((go) => (open = go)));
    const rest = (['background', 'resync', 'live', 'resync', 'live'] as Priority[]).map((priority, at) =>
      lane({ priority }, async () => {
        order.push(`${priority}${at}`);
        await tick();
        order.push('end');
      }),
    );
    await tick();
    expect(order).toEqual([]);
    open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual(['live2', 'end', 'live4', 'end', 'resync1', 'end', 'resync3', 'end', 'background0', 'end']);
  });

  it('a place that was handed on is not free for a newcomer', async () => {
    const lane = openLane(1);
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await tick();
      running--;
    };
    const early = [lane({ priority: 'live' }, work), lane({ priority: 'live' }, work), lane({ priority: 'live' }, work)];
    await early[0];
    await Promise.all([...early, lane({ priority: 'live' }, work), lane({ priority: 'live' }, work)]);
    expect(most).toBe(1);
  });

  it('gives the place back after a failure', async () => {
    const lane = openLane(1);
    await expect(lane({ priority: 'live' }, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await expect(lane({ priority: 'live' }, async () => 1)).resolves.toBe(1);
  });

  it('an aborted caller leaves the line, takes no place and leaves no listener', async () => {
    const lane = openLane(1);
    const stop = new AbortController();
    let open!: () => void;
    const first = lane({ priority: 'live' }, () => new Promise<void>((go) => (open = go)));
    const work = jest.fn(async () => undefined);
    const gone = lane({ priority: 'live', signal: stop.signal }, work);
    const stays = lane({ priority: 'live', signal: new AbortController().signal }, async () => 'stays');
    stop.abort(new Error('stopped'));
    await expect(gone).rejects.toThrow('stopped');
    open();
    await first;
    await expect(stays).resolves.toBe('stays');
    expect(work).not.toHaveBeenCalled();
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
    await expect(lane({ priority: 'live' }, async () => 2)).resolves.toBe(2);
  });
});
