import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, machineLine, renderFact, renderTable, type SuiteOptions, type SuiteResult } from './report';

/** One file each; loaded only when asked for. */
const suites: Readonly<Record<string, () => Promise<{ run(options: SuiteOptions): Promise<SuiteResult> }>>> = {
  mapping: () => import('./suites/mapping'),
  pipeline: () => import('./suites/pipeline'),
  port: () => import('./suites/port'),
  webhooks: () => import('./suites/webhooks'),
  memory: () => import('./suites/memory'),
  start: () => import('./suites/start'),
};

const usage = `npm run bench -- [NAME...] [--scale 1] [--json FILE] [--profile FOLDER]
names: ${Object.keys(suites).join(' ')} (default: all)`;

/** Runs the suites one after the other. Exit code 1 when a fact is broken or a suite failed; never because of a time. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { scale: { type: 'string', default: '1' }, json: { type: 'string' }, profile: { type: 'string' } } });
  const scale = Number(values.scale);
  const unknown = positionals.filter((name) => !(name in suites));
  if (unknown.length > 0 || !(scale > 0)) {
    console.error(usage);
    return 2;
  }
  const options: SuiteOptions = { size: (full, least = 1) => Math.max(least, Math.round(full * scale)), ...(values.profile !== undefined && { profiles: values.profile }) };
  const on = machine();
  console.log(`${machineLine(on)}${scale === 1 ? '' : `, scale ${scale}: not the sizes of the README`}`);

  const results: Record<string, SuiteResult | { readonly failed: string }> = {};
  for (const [name, load] of Object.entries(suites)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const result = await load()
      .then((suite) => suite.run(options))
      .catch((err: unknown) => ({ failed: err instanceof Error ? (err.stack ?? err.message) : String(err) }));
    results[name] = result;
    console.log('failed' in result ? `\n${name} FAILED: ${result.failed}` : ['', ...result.tables.map(renderTable), ...result.facts.map(renderFact)].join('\n'));
  }
  if (values.json !== undefined) fs.writeFileSync(values.json, `${JSON.stringify({ at: new Date().toISOString(), machine: on, scale, suites: results }, null, 2)}\n`);
  return Object.values(results).every((result) => !('failed' in result) && result.facts.every(({ holds }) => holds)) ? 0 : 1;
}

void main().then(
  (code) => (process.exitCode = code),
  (err: unknown) => {
    console.error(err instanceof Error ? err.message : err, `\n${usage}`);
    process.exitCode = 2;
  },
);
