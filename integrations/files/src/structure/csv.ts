import { MOST_FIELDS, type Field, type Structure } from './structure';

const DELIMITERS = [',', ';', '\t', '|'] as const;
// What is looked at of a sample: enough to be sure of a delimiter and of types.
const MOST_RECORDS = 1_000;
const SNIFFED = 100;

/** Columns of a CSV file: from its header where it has one, their types from the records of the sample. */
export function csvStructure(text: string, { name, isCut, delimiter: given }: { readonly name: string; readonly isCut: boolean; readonly delimiter?: string }): Structure {
  const whole = isCut ? text.slice(0, Math.max(0, text.lastIndexOf('\n') + 1) || text.length) : text;
  const delimiter = given ?? sniff(whole);
  const records = readRecords(whole, delimiter, MOST_RECORDS);
  const [first = []] = records;
  const hasHeader = isHeader(first);
  const rows = hasHeader ? records.slice(1) : records;
  const width = hasHeader ? first.length : rows.reduce((most, row) => Math.max(most, row.length), 0);
  const names = uniqueNames(Array.from({ length: Math.min(width, MOST_FIELDS) }, (_, index) => (hasHeader ? (first[index] ?? '').trim() : '') || `column${index + 1}`));
  return {
    typeName: 'CSVFile',
    name,
    notes: { delimiter: delimiter === '\t' ? 'tab' : delimiter, header: hasHeader ? 'yes' : 'no', sampledRecords: String(rows.length), ...(width > MOST_FIELDS && { cut: `${width - MOST_FIELDS} more columns are not described` }) },
    fields: names.map((column, index): Field => {
      const cells = rows.map((row) => (row[index] ?? '').trim());
      const given = cells.filter((cell) => cell !== '');
      return { name: column, dataType: typeOfAll(given), isNullable: given.length < cells.length, isList: false, required: true, fields: [] };
    }),
  };
}

/** RFC 4180, and what is near to it: a quote inside a cell that does not begin with one is a letter. */
export function readRecords(text: string, delimiter: string, most: number): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let cell = '';
  let isQuoted = false;
  let at = 0;
  const endRecord = (): void => {
    record.push(cell);
    if (record.length > 1 || cell !== '') records.push(record);
    record = [];
    cell = '';
  };
  for (; at < text.length && records.length < most; at++) {
    const letter = text[at]!;
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[++at]!;
      else isQuoted = false;
    } else if (letter === '"' && cell === '') isQuoted = true;
    else if (letter === delimiter) {
      record.push(cell);
      cell = '';
    } else if (letter === '\n' || letter === '\r') {
      if (letter === '\r' && text[at + 1] === '\n') at++;
      endRecord();
    } else cell += letter;
  }
  if (at >= text.length && (cell !== '' || record.length > 0)) endRecord();
  return records;
}

/** The one that cuts most records into the same number of cells, and into more than one. */
function sniff(text: string): string {
  let best: { delimiter: string; score: number } = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    const widths = readRecords(text, delimiter, SNIFFED).map((record) => record.length);
    const counts = new Map<number, number>();
    for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
    const [width = 1, count = 0] = [...counts].sort((one, other) => other[1] - one[1] || other[0] - one[0])[0] ?? [];
    const score = width < 2 ? 0 : (count / widths.length) * 100 + Math.min(width, 50) / 50;
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

const isHeader = (cells: readonly string[]): boolean =>
  cells.length > 0 && new Set(cells.map((cell) => cell.trim())).size === cells.length && cells.every((cell) => cell.trim() !== '' && cell.length <= 200 && typeOf(cell.trim()) === 'string');

const TYPES: readonly (readonly [string, RegExp])[] = [
  ['integer', /^[+-]?\d{1,18}$/],
  ['number', /^[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?$/],
  ['boolean', /^(true|false)$/i],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['date-time', /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/],
];
const typeOf = (cell: string): string => TYPES.find(([, pattern]) => pattern.test(cell))?.[0] ?? 'string';

function typeOfAll(cells: readonly string[]): string {
  const types = new Set(cells.map(typeOf));
  if (types.size === 0) return 'string';
  if (types.size === 1) return [...types][0]!;
  if ([...types].every((type) => type === 'integer' || type === 'number')) return 'number';
  return [...types].every((type) => type === 'date' || type === 'date-time') ? 'date-time' : 'string';
}

/** A name that comes twice is numbered. */
function uniqueNames(names: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 2; seen.has(unique); number++) unique = `${name} (${number})`;
    seen.add(unique);
    return unique;
  });
}
