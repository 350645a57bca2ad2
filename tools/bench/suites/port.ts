import { prepareResync, type Measured } from '../resync-bench';
import { figure, rate, type Cell, type SuiteOptions, type SuiteResult } from '../report';

/** A resync into a Port API on loopback, beside what Port Ocean needs for the same work on two such cores. */
export async function run({ size, profiles }: SuiteOptions): Promise<SuiteResult> {
  const records = size(35_000, 200);
  const bench = await prepareResync({ rows: records, rowBytes: 1_024, page: 100 });
  try {
    const first = await bench.run({ ...(profiles !== undefined && { profiles }) });
    const unchanged = await bench.run({ ...(profiles !== undefined && { profiles }) });
    const row = (name: string, measured: Measured): readonly Cell[] => [
      name,
      rate(records, measured.runSeconds),
      rate(records, measured.cost.seconds),
      figure(measured.cost.cpuSeconds),
      measured.cost.peakMegabytes,
      measured.portalCalls,
      measured.entityCalls,
      figure(measured.portalCpuSeconds),
      figure(measured.sourceCpuSeconds),
    ];
    return {
      tables: [
        {
          title: `port: ${records} records of 1 KB, pages of 100, 12 mapped fields, into a Port API on loopback`,
          columns: ['run', 'entities/s', 'with start', 'CPU s', 'peak MB', 'portal calls', 'of entities', 'Port API CPU s', 'source CPU s'],
          rows: [row('first', first), row('unchanged', unchanged), ['Port Ocean, first', '533-739', '', '64-89', '187-249', '2522', '', '', ''], ['Port Ocean, unchanged', '', '', '', '', '763', '', '', '']],
          notes: [
            'entities/s: from the begin of the run to its end; with start: from the start of the process to its end.',
            `Port Ocean: 35,000 records, measured apart on two cores. Against it: ${figure(rate(records, first.runSeconds) / 739)} to ${figure(rate(records, first.runSeconds) / 533)} times its speed, ${shareOfCpu(first, records)} of its CPU for a record.`,
          ],
        },
      ],
      facts: [
        { what: `first run: every record became an entity (${first.run?.totals.created} of ${records})`, holds: first.run?.totals.created === records },
        { what: `unchanged run: no call carries an entity (${unchanged.entityCalls})`, holds: unchanged.entityCalls === 0 },
      ],
    };
  } finally {
    await bench.stop();
  }
}

function shareOfCpu(first: Measured, records: number): string {
  const each = first.cost.cpuSeconds / records;
  return `1/${figure(64 / 35_000 / each)} to 1/${figure(89 / 35_000 / each)}`;
}
