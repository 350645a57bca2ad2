import { MongoClient } from 'mongodb';
import { startMongo } from '../../servers';
import { startJvm } from '../../servers/jvm';
import { DATABASE, readCatalog, readStore } from '../read-store';
import { benchMapping, prepareResync, type Measured } from '../resync-bench';
import { figure, rate, type Cell, type Fact, type SuiteOptions, type SuiteResult } from '../report';

const ROW_BYTES = 2_048;
/** 100,000 rows of 2 KB, their outputs and their catalog documents stay in the memory of the server. */
const MONGO_HEAP_MB = 3_072;

/** The whole way of a row, in both stores: first run, unchanged run, run after a changed mapping. */
export async function run(options: SuiteOptions): Promise<SuiteResult> {
  const count = options.size(100_000, 500);
  const rows: (readonly Cell[])[] = [];
  const facts: Fact[] = [];
  const add = async (name: string, mongoUrl?: string): Promise<void> => {
    const measured = await measure({ count, ...(mongoUrl !== undefined && { mongoUrl }), ...(options.profiles !== undefined && { profiles: options.profiles }) });
    for (const [run, one] of measured.runs) rows.push(rowOf(name, run, { count, ...one }));
    facts.push(...measured.facts.map(({ what, holds }) => ({ what: `${name}, ${what}`, holds })));
  };

  await add('embedded');
  const mongo = await startMongoServer();
  try {
    await add(mongo.name, mongo.url);
  } finally {
    await mongo.stop();
  }
  return {
    tables: [
      {
        title: `pipeline: ${count} rows of 2 KB from a paged HTTP source (pages of 100) into catalog and portal`,
        columns: ['store', 'run', 'rows/s', 'run s', 'CPU s', 'peak MB', 'source requests', 'portal calls', 'of entities'],
        rows,
        notes: ['rows/s: from the begin of the run to its end. CPU and memory are those of the framework, not of source, portal and server.'],
      },
    ],
    facts,
  };
}

function rowOf(store: string, run: string, { count, cost, runSeconds, sourceRequests, portalCalls, entityCalls }: Measured & { readonly count: number }): readonly Cell[] {
  return [store, run, rate(count, runSeconds), figure(runSeconds), figure(cost.cpuSeconds), cost.peakMegabytes, sourceRequests, portalCalls, entityCalls];
}

interface Measuring {
  readonly count: number;
  readonly mongoUrl?: string;
  readonly profiles?: string;
}

async function measure({ count, mongoUrl, profiles }: Measuring): Promise<{ readonly runs: readonly [string, Measured][]; readonly facts: readonly Fact[] }> {
  const bench = await prepareResync({ rows: count, rowBytes: ROW_BYTES, page: 100, ...(mongoUrl !== undefined && { mongoUrl }) });
  const profiled = profiles === undefined ? {} : { profiles };
  try {
    const first = await bench.run(profiled);
    const catalog = await readStore(bench.place, readCatalog);
    const unchanged = await bench.run(profiled);
    const catalogAfter = await readStore(bench.place, readCatalog);
    // Every entity gets another summary, so that every output is written again.
    const changed = await bench.run({ ...profiled, atStart: false, mapping: benchMapping.replace('.description[0:80]', '.description[0:60]') });
    return {
      runs: [
        ['first', first],
        ['unchanged', unchanged],
        ['changed mapping', changed],
      ],
      facts: [
        { what: `first run: every row is in the catalog (${catalog.documents} of ${count})`, holds: catalog.documents === count },
        { what: `unchanged run: no portal call carries an entity (${unchanged.entityCalls})`, holds: unchanged.entityCalls === 0 },
        { what: 'unchanged run: no catalog document was written', holds: catalogAfter.newest === catalog.newest && catalogAfter.documents === catalog.documents },
        { what: `changed mapping: a run of that cause was made (${changed.run?.cause ?? 'no run'})`, holds: changed.run?.cause === 'mapping' },
        { what: `changed mapping: the source was asked nothing (${changed.sourceRequests} requests)`, holds: changed.sourceRequests === 0 },
        { what: `changed mapping: every entity was sent again (${changed.run?.totals.updated ?? 0} of ${count})`, holds: changed.run?.totals.updated === count },
      ],
    };
  } finally {
    await bench.stop();
  }
}

/** The server that MONGO_URL names, else mongo-java-server with room for all rows. */
async function startMongoServer(): Promise<{ readonly name: string; readonly url: string; stop(): Promise<void> }> {
  if (process.env['MONGO_URL']) {
    const { url } = await startMongo();
    await drop(url);
    return { name: 'MongoDB', url, stop: () => drop(url) };
  }
  const jvm = await startJvm('mongo', { heapMb: MONGO_HEAP_MB, args: ['0'], ready: /^listening (\d+)$/ });
  return { name: 'mongo-java-server in memory', url: `mongodb://127.0.0.1:${jvm.ready[1]}`, stop: jvm.stop };
}

async function drop(url: string): Promise<void> {
  const client = await MongoClient.connect(url);
  await client.db(DATABASE).dropDatabase();
  await client.close();
}
