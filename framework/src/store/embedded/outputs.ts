import { encodeSegment, newRev } from '../../shared';
import { storable } from '../ids';
import { ADOPTED, alignOutput, forceOutput, settleOutput, wakeOutput, type OutputState } from '../compose';
import type { OutputQuery, Outputs, Settlement } from '../store';
import type { Connection, Sql, Value } from './connection';
import { createNumbers, insertMany, type Numbers } from './insert';
import type { Names } from './names';
import { HEAD, headOf, INTO_OUTPUTS, insertedOutput, sinkNames, withParts, writeSettled, type Head } from './output-codec';
import { removeOutput, rewriteOutputs } from './rewrite';
import { prefixRange } from './text';

/** Outputs that one turn changes when all of a pipeline are concerned: live writes get their turn in between. */
const CHUNK = 2_000;
/** As of rows: above so many due ones a walk in `_id` order is the shorter way. */
const MANY_DUE = 5_000;

export function createOutputs(connection: Connection, names: Names): Outputs {
  const numbers = createNumbers(connection, 'outputs');
  const tools = { names, numbers };
  const heads = (sql: Sql, where: string, values: readonly Value[]): Head[] => sql.all(`SELECT ${HEAD} FROM outputs o ${where}`, values).map((cells) => headOf(sql, names, cells));
  const kindsWith = (sql: Sql, kinds: readonly string[]): string =>
    JSON.stringify(names.where(sql, (name) => name.startsWith('[') && (JSON.parse(name) as string[]).some((kind) => kinds.includes(kind))));
  const ofKinds = (sql: Sql, integration: string, kinds: readonly string[]): readonly Value[] => [names.of(sql, integration), kindsWith(sql, kinds)];
  const OF_KINDS = 'integration = ? AND kinds IN (SELECT value FROM json_each(?))';
  const count = (sql: Sql, text: string, values: readonly Value[]): number => sql.get(text, values)![0] as number;

  /** Changes all outputs of a selection, some thousands a turn, in order of n. Gives how many were changed. */
  async function changeAll(select: (sql: Sql) => { readonly where: string; readonly values: readonly Value[] }, change: (head: Head) => Head | 'remove' | undefined): Promise<number> {
    let changed = 0;
    let after = 0;
    for (;;) {
      const turn = await connection.derive((sql) => {
        const { where, values } = select(sql);
        const found = heads(sql, `WHERE n > ? AND ${where} ORDER BY n LIMIT ?`, [after, ...values, CHUNK]);
        const rev = newRev();
        let written = 0;
        for (const head of found) {
          const next = change(head);
          if (next === undefined) continue;
          written++;
          if (next === 'remove') removeOutput(sql, head.n);
          else writeSettled(sql, names, { n: head.n, output: next, rev });
        }
        return { written, last: found.at(-1)?.n, full: found.length === CHUNK };
      });
      changed += turn.written;
      if (!turn.full) return changed;
      after = turn.last!;
    }
  }

  return {
    rewrite: (batch) => connection.derive((sql) => rewriteOutputs(sql, tools, batch)),
    get: (ids) => connection.derive((sql) => withParts(sql, heads(sql, 'WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids.map(storable))]))),
    find: (query) =>
      connection.derive((sql) => {
        const { where, values, source } = filterOf(sql, { names, query, kindsWith });
        return withParts(sql, heads(sql, `${source} WHERE ${where} ORDER BY id LIMIT ?`, [...values, query.limit]));
      }),
    ofRow: (row) =>
      connection.derive((sql) => withParts(sql, heads(sql, 'WHERE n IN (SELECT p.o FROM parts p JOIN rows r ON r.n = p.r WHERE r.id = ?) ORDER BY id', [storable(row)]))),
    nextDue: (pipeline) =>
      connection.derive((sql) => (sql.get('SELECT min(due) FROM outputs WHERE pipeline = ? AND due IS NOT NULL', [names.of(sql, pipeline)])![0] as number | null) ?? undefined),
    settle: (settlements, at) => connection.derive((sql) => settle(sql, names, { settlements, at })),
    stored: (integration, kind) => connection.derive((sql) => count(sql, `SELECT count(*) FROM outputs WHERE ${OF_KINDS}`, ofKinds(sql, integration, [kind]))),
    held: (integration, kind) =>
      connection.derive((sql) => count(sql, `SELECT count(*) FROM outputs WHERE gone = 1 AND due IS NULL AND again = 0 AND ${OF_KINDS}`, ofKinds(sql, integration, [kind]))),
    release: (integration, selection) =>
      connection.derive((sql) => {
        const only = selection.ids ? ' AND id IN (SELECT value FROM json_each(?))' : '';
        return sql.run(`UPDATE outputs SET due = ?, rev = ? WHERE gone = 1 AND due IS NULL AND again = 0 AND ${OF_KINDS}${only}`, [
          selection.at,
          newRev(),
          ...ofKinds(sql, integration, [selection.kind]),
          ...(selection.ids ? [JSON.stringify(selection.ids.map(storable))] : []),
        ]);
      }),
    retry: (ids, at) =>
      connection.derive((sql) => {
        const rev = newRev();
        for (const head of heads(sql, 'WHERE again = 1 AND id IN (SELECT value FROM json_each(?))', [JSON.stringify(ids.map(storable))])) {
          writeSettled(sql, names, { n: head.n, output: wakeOutput(head, at), rev });
        }
      }),
    wake: (integration, kinds, at) =>
      changeAll((sql) => ({ where: `again = 1 AND ${OF_KINDS}`, values: ofKinds(sql, integration, kinds) }), (head) => wakeOutput(head, at)),
    force: (integration, kinds, at) => changeAll((sql) => ({ where: `gone = 0 AND ${OF_KINDS}`, values: ofKinds(sql, integration, kinds) }), (head) => forceOutput(head, at)),
    adopt: (outputs) => connection.derive((sql) => adopt(sql, { names, numbers, outputs })),
    alignSinks: (pipeline, to) =>
      changeAll(
        (sql) => {
          const of = names.of(sql, pipeline);
          if (to.reshaped?.length) return { where: 'pipeline = ?', values: [of] };
          return { where: 'pipeline = ? AND sinkNames <> ?', values: [of, sinkNames(sql, names, to.sinks)] };
        },
        (head) => alignOutput(head, to),
      ),
    async keepPipelines(integration, pipelines) {
      for (let full = true; full; ) {
        full = await connection.derive((sql) => {
          const kept = JSON.stringify(pipelines.map((pipeline) => names.of(sql, pipeline)));
          const others = sql.all('SELECT n FROM outputs WHERE integration = ? AND pipeline NOT IN (SELECT value FROM json_each(?)) LIMIT ?', [names.of(sql, integration), kept, CHUNK]);
          const ns = JSON.stringify(others.map(([n]) => n));
          sql.run('DELETE FROM parts WHERE o IN (SELECT value FROM json_each(?))', [ns]);
          return sql.run('DELETE FROM outputs WHERE n IN (SELECT value FROM json_each(?))', [ns]) === CHUNK;
        });
      }
    },
    counts: (pipeline) =>
      connection.derive((sql) => {
        const text = 'SELECT count(*), count(due), coalesce(sum(gone = 1 AND due IS NULL AND again = 0), 0), min(due) FROM outputs WHERE pipeline = ?';
        const [stored, due, held, oldest] = sql.get(text, [names.of(sql, pipeline)]) as [number, number, number, number | null];
        return { stored, due, held, ...(oldest !== null && { oldestDue: oldest }) };
      }),
    forget: (integration) =>
      connection.derive((sql) => {
        const of = names.of(sql, integration);
        sql.run('DELETE FROM parts WHERE o IN (SELECT n FROM outputs WHERE integration = ?)', [of]);
        sql.run('DELETE FROM outputs WHERE integration = ?', [of]);
      }),
  };
}

function settle(sql: Sql, names: Names, said: { readonly settlements: readonly Settlement[]; readonly at: number }): void {
  const byOutput = new Map<string, Settlement[]>();
  for (const one of said.settlements) {
    const id = storable(one.output);
    const known = byOutput.get(id);
    if (known) known.push(one);
    else byOutput.set(id, [one]);
  }
  const rev = newRev();
  const found = sql.all(`SELECT ${HEAD} FROM outputs WHERE id IN (SELECT value FROM json_each(?))`, [JSON.stringify([...byOutput.keys()])]);
  for (const cells of found) {
    const head = headOf(sql, names, cells);
    const next = settleOutput(head, byOutput.get(head._id)!, said.at);
    if (next === 'remove') removeOutput(sql, head.n);
    else writeSettled(sql, names, { n: head.n, output: next, rev });
  }
}

type Adopted = Parameters<Outputs['adopt']>[0];

/** What is known already stays as it is. */
function adopt(sql: Sql, of: { readonly names: Names; readonly numbers: Numbers; readonly outputs: Adopted }): void {
  const rev = newRev();
  const known = new Set(sql.all('SELECT id FROM outputs WHERE id IN (SELECT value FROM json_each(?))', [JSON.stringify(of.outputs.map((output) => storable(output._id)))]).map(([id]) => id));
  const rows: Value[] = [];
  for (const { sink, ...identity } of of.outputs) {
    const id = storable(identity._id);
    if (known.has(id)) continue;
    known.add(id);
    const output: OutputState = { ...identity, parts: [], cleared: [], hash: '', gone: true, again: false, sinks: [{ sink, note: ADOPTED }] };
    rows.push(...insertedOutput(sql, of.names, { n: of.numbers.next(sql), output, rev }));
  }
  insertMany(sql, INTO_OUTPUTS, rows);
}

interface Filtering {
  readonly names: Names;
  readonly query: OutputQuery;
  kindsWith(sql: Sql, kinds: readonly string[]): string;
}

function filterOf(sql: Sql, { names, query, kindsWith }: Filtering): { readonly where: string; readonly values: readonly Value[]; readonly source: string } {
  const clauses: string[] = ['1'];
  const values: Value[] = [];
  const add = (clause: string, ...bound: Value[]): void => {
    clauses.push(clause);
    values.push(...bound);
  };
  if (query.pipeline !== undefined) add('pipeline = ? AND id >= ? AND id < ?', names.of(sql, query.pipeline), ...prefixRange(`${encodeSegment(query.pipeline)}/`));
  if (query.integration !== undefined) add('integration = ?', names.of(sql, query.integration));
  if (query.kind !== undefined) add('kinds IN (SELECT value FROM json_each(?))', kindsWith(sql, [query.kind]));
  if (query.after !== undefined) add('id > ?', storable(query.after));
  if (query.gone !== undefined) add('gone = ?', query.gone ? 1 : 0);
  if (query.again !== undefined) add('again = ?', query.again ? 1 : 0);
  if (query.dueBy === undefined) return { where: clauses.join(' AND '), values, source: '' };
  const many = sql.get(`SELECT count(*) FROM (SELECT 1 FROM outputs WHERE due IS NOT NULL LIMIT ${MANY_DUE})`)![0] === MANY_DUE;
  // The plus hides the index.
  add(many ? '+due <= ?' : 'due <= ?', query.dueBy);
  return { where: clauses.join(' AND '), values, source: many ? '' : 'INDEXED BY outputsDue' };
}
