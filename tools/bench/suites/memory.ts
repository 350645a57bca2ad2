import { prepareResync, type Measured } from '../resync-bench';
import { figure, rate, type SuiteOptions, type SuiteResult } from '../report';

/** Peak memory must not grow with the number of rows. */
export async function run({ size, profiles }: SuiteOptions): Promise<SuiteResult> {
  const counts = [size(100_000, 500), size(400_000, 2_000)];
  const peaks: number[] = [];
  const rows: (string | number)[][] = [];
  for (const count of counts) {
    const bench = await prepareResync({ rows: count, rowBytes: 2_048, page: 100 });
    try {
      const measured: readonly [string, Measured][] = [
        ['first', await bench.run({ ...(profiles !== undefined && { profiles }) })],
        ['unchanged', await bench.run()],
      ];
      for (const [name, { cost, runSeconds }] of measured) rows.push([name, count, rate(count, runSeconds), figure(cost.cpuSeconds), cost.peakMegabytes]);
      peaks.push(Math.max(...measured.map(([, { cost }]) => cost.peakMegabytes)));
    } finally {
      await bench.stop();
    }
  }
  const [small = Number.NaN, large = Number.NaN] = peaks;
  return {
    tables: [
      {
        title: 'memory: rows of 2 KB into catalog and portal, embedded store',
        columns: ['run', 'rows', 'rows/s', 'CPU s', 'peak MB'],
        rows,
        notes: [`peak memory of the larger: ${figure(large / small)} times that of the smaller (goal: at most 1.2)`],
      },
    ],
    facts: [],
  };
}
