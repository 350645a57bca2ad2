import { createDrain } from './drain';

const owed = (...things: readonly (readonly [string, Readonly<Record<string, number>>])[]): Map<string, Map<string, number>> => new Map(things.map(([thing, answers]) => [thing, new Map(Object.entries(answers))]));
const never = new AbortController().signal;

describe('a drain', () => {
  it('waits for the answers that are owed now, and for no others', async () => {
    const drain = createDrain<string>();
    const seen: string[] = [];
    const wait = drain.wait(owed(['x', { a: 1, b: 2 }], ['y', { a: 1 }]), never).then(() => seen.push('through'));
    for (const [thing, sink] of [['x', 'a'], ['z', 'a'], ['x', 'b'], ['y', 'a']] as const) drain.landed(thing, sink);
    await Promise.resolve();
    expect(seen).toEqual([]);
    drain.landed('x', 'b');
    await wait;
    expect(seen).toEqual(['through']);
  });

  it('has nothing to wait for where nothing is owed', async () => {
    await expect(createDrain<string>().wait(owed(['x', {}]), never)).resolves.toBeUndefined();
  });

  it('what is over is not waited for; what is owed beside counts', async () => {
    const drain = createDrain<string>();
    const one = drain.wait(owed(['x', { a: 1 }], ['y', { a: 1, b: 1 }]), never);
    drain.owe('x', 'b');
    drain.landed('x', 'a');
    drain.over('y');
    let through = false;
    void one.then(() => (through = true));
    await Promise.resolve();
    expect(through).toBe(false);
    drain.over('x', 'b');
    await one;
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const drain = createDrain<string>();
    const wait = drain.wait(owed(['x', { a: 1 }]), stop.signal);
    stop.abort(new Error('stopped'));
    await expect(wait).rejects.toThrow('stopped');
    await expect(drain.wait(owed(['x', { a: 1 }]), stop.signal)).rejects.toThrow('stopped');
    drain.landed('x', 'a');
  });
});
