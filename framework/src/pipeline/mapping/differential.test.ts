import type { Json } from '../../shared';
import { compileExpression } from './compile-expression';
import { endJq, runInJq } from './engine/engine';
import { newGenerator } from './test/generator';
import { LIMITS, resultOf, type Result } from './test/both-engines';

/** More by JQ_CASES; a failing run is repeated by JQ_SEED. */
const CASES = Number(process.env['JQ_CASES'] ?? 1_500);
const SEED = Number(process.env['JQ_SEED'] ?? Date.now() % 1_000_000);
const INPUTS = 4;
/** Programs that jq runs in one call. */
const TOGETHER = 50;

interface Case {
  readonly program: string;
  readonly inputs: readonly Json[];
}

afterAll(endJq);

/** What jq gives for each case, undefined where it broke down; the programs of a portion stand in one program, so that jq starts seldom. */
async function askJq(cases: readonly Case[]): Promise<readonly (readonly (Result | undefined)[])[]> {
  const branches = cases.map(({ program }, at) => `if .at == ${at} then (.input | ${outcomeOf(program)}) else empty end`).join(',\n');
  const requests = cases.flatMap(({ inputs }, at) => inputs.map((input): Json => ({ at, input })));
  const answers = await runInJq(branches, requests, { ...LIMITS, timeoutMs: 20_000 });
  const results = answers.map((answer): Result | undefined => {
    const found = resultOf(answer);
    if (typeof found === 'string') return undefined;
    const [kind, value] = found.value as readonly [string, Json?];
    return kind === 'value' ? { value: value! } : (kind as Result);
  });
  return cases.map((_case, at) => results.slice(at * INPUTS, (at + 1) * INPUTS));
}

const outcomeOf = (program: string): string => `(try ((first((${program}\n) | ["value", .])) // ["none"]) catch ["error"])`;

test(`closures and jq agree on ${CASES} generated programs (JQ_SEED=${SEED})`, async () => {
  const generator = newGenerator(SEED);
  const counts = { value: 0, none: 0, error: 0, jq: 0, broken: 0 };
  for (let done = 0; done < CASES; done += TOGETHER) {
    const cases = Array.from({ length: Math.min(TOGETHER, CASES - done) }, (): Case => ({ program: generator.program(), inputs: Array.from({ length: INPUTS }, () => generator.input()) }));
    const expected = await askJq(cases);
    for (const [at, { program, inputs }] of cases.entries()) {
      const compiled = compileExpression(program, { ...LIMITS, force: 'closures' });
      if ('problem' in compiled) throw new Error(`${program} does not compile: ${compiled.problem.message}`);
      if (compiled.engine === 'jq') {
        counts.jq++;
        continue;
      }
      for (const [place, result] of (await compiled.run(inputs)).map(resultOf).entries()) {
        const wanted = expected[at]![place];
        if (wanted === undefined) {
          counts.broken++;
          continue;
        }
        counts[typeof wanted === 'string' ? (wanted as 'none' | 'error') : 'value']++;
        if (result === 'budget') continue;
        if (JSON.stringify(result) !== JSON.stringify(wanted))
          throw new Error(`JQ_SEED=${SEED}: ${program}\nof ${JSON.stringify(inputs[place])}\ngives ${JSON.stringify(result)} in closures, ${JSON.stringify(wanted)} in jq`);
      }
    }
  }
  // A generator whose programs all fail would prove nothing.
  expect(counts.value / (CASES * INPUTS)).toBeGreaterThan(0.3);
  expect(counts.jq / CASES).toBeLessThan(0.2);
  expect(counts.broken / (CASES * INPUTS)).toBeLessThan(0.02);
});
