import { storable } from '../ids';
import type { OutputState, Settleable } from '../compose';
import type { Output, Part, SinkState } from '../store';
import type { Cells, Sql, Value } from './connection';
import { insertion } from './insert';
import type { Names } from './names';
import { packBody, unpackBody, type StoredBody } from './text';

/** Order of `headOf`. */
export const HEAD = 'n, id, pipeline, integration, kinds, hash, gone, again, search, identifier, cleared, sinks, due, rev, last';

/** An output as its own table knows it: of its parts only whether they hold a search. */
export interface Head extends Settleable {
  readonly n: number;
  readonly _id: string;
  readonly pipeline: string;
  readonly integration: string;
  readonly kinds: readonly string[];
  readonly last?: string;
  readonly rev: string;
}

const searching: Settleable['parts'] = [{ search: true }];

export function headOf(sql: Sql, names: Names, cells: Cells): Head {
  const [n, id, pipeline, integration, kinds, hash, gone, again, search, identifier, cleared, sinks, due, rev, last] = cells;
  const removal = unpackBody((last ?? null) as StoredBody);
  return {
    n: n as number,
    _id: id as string,
    pipeline: names.name(sql, pipeline as number),
    integration: names.name(sql, integration as number),
    kinds: JSON.parse(names.name(sql, kinds as number)) as string[],
    parts: search === 1 ? searching : [],
    hash: hash as string,
    gone: gone === 1,
    ...(removal !== undefined && { last: removal }),
    again: again === 1,
    ...(identifier !== null && { identifier: identifier as string }),
    cleared: cleared === null ? [] : (JSON.parse(cleared as string) as string[]),
    sinks: JSON.parse(sinks as string) as SinkState[],
    ...(due !== null && { due: due as number }),
    rev: rev as string,
  };
}

/** Columns that sinks change, in the order of `settledOf`. */
const SETTLED = ['again', 'identifier', 'cleared', 'sinkNames', 'sinks', 'due', 'rev'];
const settledOf = (sql: Sql, names: Names, written: { readonly output: Settleable; readonly rev: string }): Value[] => {
  const { output } = written;
  return [
    output.again ? 1 : 0,
    output.identifier === undefined ? null : storable(output.identifier),
    output.cleared.length === 0 ? null : JSON.stringify(output.cleared),
    sinkNames(sql, names, output.sinks.map((sink) => sink.sink)),
    JSON.stringify(output.sinks),
    output.due ?? null,
    written.rev,
  ];
};

export const sinkNames = (sql: Sql, names: Names, sinks: readonly string[]): number => names.of(sql, `sinks ${JSON.stringify([...sinks].sort())}`);

const UPDATE_SETTLED = `UPDATE outputs SET ${SETTLED.map((column) => `${column} = ?`).join(', ')} WHERE n = ?`;

export const writeSettled = (sql: Sql, names: Names, written: { readonly n: number; readonly output: Settleable; readonly rev: string }): void =>
  void sql.run(UPDATE_SETTLED, [...settledOf(sql, names, written), written.n]);

const CONTENT = ['kinds', 'hash', 'gone', 'search', 'last'];
const contentOf = (sql: Sql, names: Names, output: OutputState): Value[] => [
  names.of(sql, JSON.stringify(output.kinds)),
  output.hash,
  output.gone ? 1 : 0,
  output.parts.some((part) => part.search) ? 1 : 0,
  packBody(output.last),
];

const UPDATE_OUTPUT = `UPDATE outputs SET ${[...CONTENT, ...SETTLED].map((column) => `${column} = ?`).join(', ')} WHERE n = ?`;
export const updateOutput = (sql: Sql, names: Names, written: { readonly n: number; readonly output: OutputState; readonly rev: string }): void =>
  void sql.run(UPDATE_OUTPUT, [...contentOf(sql, names, written.output), ...settledOf(sql, names, written), written.n]);

export const INTO_OUTPUTS = insertion('INSERT INTO outputs', ['n', 'id', 'pipeline', 'integration', ...CONTENT, ...SETTLED]);
export const insertedOutput = (sql: Sql, names: Names, written: { readonly n: number; readonly output: OutputState; readonly rev: string }): Value[] => [
  written.n,
  storable(written.output._id),
  names.of(sql, written.output.pipeline),
  names.of(sql, written.output.integration),
  ...contentOf(sql, names, written.output),
  ...settledOf(sql, names, written),
];

export const INTO_PARTS = insertion('INSERT OR REPLACE INTO parts', ['o', 'r', 'resource', 'hash', 'search', 'body', 'event']);
export const insertedPart = (o: number, r: number, part: Part): Value[] => [o, r, part.resource, part.hash, part.search ? 1 : 0, packBody(part.body), part.order ?? null];

/** The outputs with their parts, in the order given. */
export function withParts(sql: Sql, heads: readonly Head[]): Output[] {
  const parts = new Map<number, Part[]>();
  const rows = sql.all(
    'SELECT p.o, r.id, p.resource, p.hash, p.search, p.body, p.event FROM parts p CROSS JOIN rows r ON r.n = p.r WHERE p.o IN (SELECT value FROM json_each(?))',
    [JSON.stringify(heads.map((head) => head.n))],
  );
  for (const [o, row, resource, hash, search, body, order] of rows) {
    const part: Part = {
      row: row as string,
      resource: resource as number,
      body: unpackBody(body as StoredBody) ?? '',
      hash: hash as string,
      ...(search === 1 && { search: true }),
      ...(typeof order === 'number' && { order }),
    };
    const known = parts.get(o as number);
    if (known) known.push(part);
    else parts.set(o as number, [part]);
  }
  return heads.map(({ n, ...head }) => ({ ...head, parts: (parts.get(n) ?? []).sort((a, b) => a.resource - b.resource || (a.row < b.row ? -1 : 1)) }));
}
