import { compileExpression } from '../compile-expression';
import { ENGINES, LIMITS, run } from '../test/both-engines';
import { endJq, runInJq } from './engine';

afterAll(endJq);

const QUICK = { ...LIMITS, timeoutMs: 200 };

describe('a budget', () => {
  it.each([
    ['def f: f; f'],
    ['last(repeat(1))'],
    ['[recurse(. + 1)]'],
    ['def f: 1 + f; f'],
    ['[range(infinite)] | length'],
    ['"x" * 1e9'],
    ['[range(99999)] | map([range(9)]) | length'],
    ['reduce range(23) as $i ("aaaa"; . + .)'],
  ])('ends %s', async (expression) => {
    const compiled = compileExpression(expression, QUICK);
    if ('problem' in compiled) throw new Error(compiled.problem.message);
    const [outcome] = await compiled.run([1]);
    expect(outcome).toEqual({ error: expect.stringMatching(/^budget: /) });
  });

  it('bounds the size of a value that repeats its parts', async () => {
    const doubling = Array.from({ length: 30 }, () => '[., .]').join(' | ');
    expect(await run('closures', doubling, 1)).toBe('budget');
    expect(await run('closures', `${doubling} | tojson | length`, 1)).toBe('budget');
    expect(await run('closures', `(${doubling}) as $a | (${doubling}) as $b | $a == $b`, 1)).toBe('budget');
  });

  it('leaves what is within it alone', async () => {
    for (const engine of ENGINES) expect(await run(engine, '[range(50000)] | length', null)).toEqual({ value: 50000 });
  });
});

describe('jq in a worker', () => {
  it('gives the first output, none, or the error for each input, in order', async () => {
    const outcomes = await runInJq('if . == 3 then error("three") elif . == 4 then empty else ., error("late") end', [1, 2, 3, 4, 5], LIMITS);
    expect(outcomes).toEqual([{ value: 1 }, { value: 2 }, { error: 'three' }, { value: undefined }, { value: 5 }]);
  });

  it('takes more inputs than one batch', async () => {
    const inputs = Array.from({ length: 250 }, (_element, at) => at);
    expect(await runInJq('reduce . as $x (0; . + $x)', inputs, LIMITS)).toEqual(inputs.map((value) => ({ value })));
  });

  it('goes on after an input that halts', async () => {
    expect(await runInJq('if . == 2 then halt else . end', [1, 2, 3], LIMITS)).toEqual([{ value: 1 }, { value: undefined }, { value: 3 }]);
    expect(await runInJq('halt', [1, 2], LIMITS)).toEqual([{ value: undefined }, { value: undefined }]);
  });

  it('costs an endless program its own input only', async () => {
    const outcomes = await runInJq('def f: f; if . == 7 then f else . end', Array.from({ length: 20 }, (_element, at) => at), QUICK);
    expect(outcomes.map((outcome) => ('error' in outcome ? 'budget' : outcome.value))).toEqual(Array.from({ length: 20 }, (_element, at) => (at === 7 ? 'budget' : at)));
  });

  it('lets an expression rest that did not end three times in a row, and tries it again later', async () => {
    const expression = 'def rest: rest; if . == null then 1 else rest end';
    const now = jest.spyOn(Date, 'now');
    try {
      const start = process.hrtime.bigint();
      const outcomes = await runInJq(expression, Array.from({ length: 50 }, (_element, at) => at), QUICK);
      expect(outcomes.every((outcome) => 'error' in outcome && outcome.error.startsWith('budget'))).toBe(true);
      expect(Number(process.hrtime.bigint() - start) / 1e6).toBeLessThan(50 * QUICK.timeoutMs);
      expect(await runInJq(expression, [null], QUICK)).toEqual([{ error: expect.stringMatching(/rests/) }]);
      now.mockReturnValue(Date.now() + 61_000);
      expect(await runInJq(expression, [null], QUICK)).toEqual([{ value: 1 }]);
    } finally {
      now.mockRestore();
    }
  });

  it('keeps the event loop free while a program runs', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    await runInJq('def busy: busy; busy', [1], QUICK);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(10);
  });

  it('starts again after it was ended', async () => {
    expect(await runInJq('def f: 1; f', [null], LIMITS)).toEqual([{ value: 1 }]);
    await endJq();
    expect(await runInJq('def f: 2; f', [null], LIMITS)).toEqual([{ value: 2 }]);
  });

  it('reads a comment at the end of an expression as a comment', async () => {
    expect(await runInJq('def f: 1; f # one', [null], LIMITS)).toEqual([{ value: 1 }]);
  });

  it('says nothing of values in its messages', async () => {
    const secret = 'hunter2 "quoted" (in brackets)';
    const programs = ['.x', 'tonumber', '. + 1', 'fromjson', 'fromdate', '{(1 | .): 1}', '[., .] | join({})', '{a: .} | .[0]', 'has(0)', 'strptime("%Y")'];
    for (const program of programs) {
      const [outcome] = await runInJq(`def f: .; f | ${program}`, [secret], LIMITS);
      expect({ program, outcome }).toEqual({ program, outcome: { error: expect.not.stringMatching(/hunter|quoted|brackets/) } });
    }
    for (const program of programs) {
      const compiled = compileExpression(program);
      if ('problem' in compiled) throw new Error(compiled.problem.message);
      expect(await compiled.run([secret])).toEqual([{ error: expect.not.stringMatching(/hunter|quoted|brackets/) }]);
    }
  });

  it('reads half a surrogate pair as the replacement character', async () => {
    expect(await runInJq('def f: .; f', ['a\ud83d', '\\ud83d', '😀'], LIMITS)).toEqual([{ value: 'a\ufffd' }, { value: '\\ud83d' }, { value: '😀' }]);
  });

  it('reports a value that is too large', async () => {
    expect(await runInJq('def f: "x" * 2000; f', [null], { ...LIMITS, bytes: 1000 })).toEqual([{ error: 'budget: a value of more than 1000 bytes' }]);
  });
});
