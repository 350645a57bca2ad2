import { createTurns } from './turns';

it('works that share an id wait for each other, others do not, and a failure holds nobody up', async () => {
  const inTurn = createTurns();
  const log: string[] = [];
  const gates = new Map<string, () => void>();
  const work = (name: string) => () => {
    log.push(`${name} begins`);
    return new Promise<void>((resolve, reject) => gates.set(name, name === 'bad' ? () => reject(new Error('bad')) : resolve));
  };
  const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

  const bad = inTurn(['a', 'b'], work('bad'));
  const second = inTurn(['b', 'c'], work('second'));
  const third = inTurn(['c'], work('third'));
  const free = inTurn(['d'], work('free'));
  await settle();
  expect(log).toEqual(['bad begins', 'free begins']);
  gates.get('bad')!();
  await expect(bad).rejects.toThrow('bad');
  await settle();
  expect(log).toEqual(['bad begins', 'free begins', 'second begins']);
  gates.get('second')!();
  await second;
  await settle();
  gates.get('third')!();
  gates.get('free')!();
  await Promise.all([third, free]);
  expect(log).toEqual(['bad begins', 'free begins', 'second begins', 'third begins']);
});
