import { ContextClosed, FatalError } from '../../contract';
import { attribute } from './attribute';
import { invariants } from './machine';
import { hang, stage, stop, type Stage } from './test/stage';
import { settle } from './test/timeline';

const { I10, I11 } = invariants;
const named = (id: string, text: string): string => `${id}: ${text}`;

describe(named('I10', I10), () => {
  test('an error outside a method belongs to its connector, and is tried again', async () => {
    const on = stage({
      make: () => ({
        async refresh() {
          // Nobody waits for this one.
          if (on.runs.length === 1) void Promise.resolve().then(() => owner());
        },
      }),
    });
    const owner = (): void => {
      // As the process would on an unhandled rejection: in the async context of the promise.
      expect(attribute(new Error('lost promise'))).toBe(true);
    };
    await settle();
    expect(on.records.find(({ is }) => is === 'error')).toMatchObject({ method: 'outside', instanceId: 'instance-1', failing: { message: expect.stringContaining('lost promise') } });
    await on.clock.advance(2_000);
    expect(on.runs.map(({ cause }) => cause)).toEqual(['start', 'repair']);
    expect(on.connector.status().status).toBe('WAITING');
    expect(on.connector.status().failing).toBeUndefined();
  });

  test('one that computes without a wait is reported', async () => {
    const on = stage({
      make: () => ({
        refresh() {
          on.clock.block(5_000);
          return Promise.resolve();
        },
      }),
    });
    await settle();
    expect(on.records).toContainEqual(expect.objectContaining({ is: 'blocked', method: 'refresh', ms: 5_000 }));
  });
});

describe(named('I11', I11), () => {
  const listening = (more: (tools: { fail: boolean }) => object = () => ({})): { on: Stage; heard: string[]; switches: { fail: boolean } } => {
    const heard: string[] = [];
    const switches = { fail: false };
    const on = stage({
      make: ({ context }) => ({
        async start() {
          context().listeners.register((text) => void heard.push(text));
        },
        refresh: () => (switches.fail ? Promise.reject(new FatalError('over')) : Promise.resolve()),
        ...more(switches),
      }),
    });
    return { on, heard, switches };
  };
  const tell = async (listener: (text: string) => Promise<void>, text: string): Promise<unknown> => listener(text).then(() => 'taken', (err: unknown) => err);

  test('FAILED', async () => {
    const { on, heard, switches } = listening();
    await settle();
    const [listener] = [...on.listeners];
    expect(await tell(listener!, 'one')).toBe('taken');
    switches.fail = true;
    on.connector.request('rest');
    await settle();
    expect(on.connector.status().status).toBe('FAILED');
    // A refusal, not silence: whoever delivers keeps it.
    expect(await tell(listener!, 'two')).toBeInstanceOf(ContextClosed);
    expect(heard).toEqual(['one']);
    await stop(on);
  });

  test('STOPPING and STOPPED', async () => {
    const { on, heard } = listening(() => ({ refresh: hang }));
    await settle();
    const [listener] = [...on.listeners];
    on.connector.restart();
    expect(await tell(listener!, 'in the moment of the command')).toBeInstanceOf(ContextClosed);
    await settle();
    expect(on.connector.status().targets[0]!.status).toBe('STOPPING');
    expect(await tell(listener!, 'stopping')).toBeInstanceOf(ContextClosed);
    await on.clock.advance(21_000);
    const [second] = [...on.listeners];
    expect(await tell(second!, 'anew')).toBe('taken');
    expect(await tell(listener!, 'to the old one')).toBeInstanceOf(ContextClosed);
    await stop(on);
    expect(await tell(second!, 'stopped')).toBeInstanceOf(ContextClosed);
    expect(heard).toEqual(['anew']);
    expect(on.listeners.size).toBe(0);
  });
});
