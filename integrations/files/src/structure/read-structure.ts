import { avroStructure, isAvro } from './avro';
import { csvStructure } from './csv';
import { decode } from './decode';
import { jsonStructure } from './json';
import type { Sample, Structure } from './structure';

/** Delimiters that the name of a file tells. */
const TABULAR: Readonly<Record<string, string | undefined>> = { csv: undefined, tsv: '\t', tab: '\t', psv: '|' };
const JSON_LINES = new Set(['jsonl', 'ndjson']);
const JSON_VALUES = new Set(['json', 'geojson', 'topojson', 'jsonld', 'ipynb']);

export interface Inside {
  readonly structure?: Structure;
  readonly encoding?: string;
  /** Why a file that should have a structure has none. */
  readonly reason?: string;
}

/** In lower case, without the dot; '' for none. */
export const extensionOf = (name: string): string => /[^.]\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
export const mayHaveStructure = (extension: string): boolean => Object.hasOwn(TABULAR, extension) || JSON_LINES.has(extension) || JSON_VALUES.has(extension);

/** What is inside a file, by its name and its beginning. */
export function readStructure(name: string, sample: Sample): Inside {
  const extension = extensionOf(name);
  if (isAvro(sample.bytes)) {
    const found = avroStructure(sample, name);
    return typeof found === 'string' ? { reason: found } : { structure: found };
  }
  if (extension === 'avro') return { reason: 'it is no Avro object container file' };
  if (!mayHaveStructure(extension)) return {};
  const decoded = decode(sample);
  if (decoded === undefined) return { reason: 'it is no text' };
  const { text, encoding } = decoded;
  if (text.trim() === '') return { encoding, reason: 'it is empty' };
  const { isCut } = sample;
  if (Object.hasOwn(TABULAR, extension)) {
    const delimiter = TABULAR[extension];
    return { encoding, structure: csvStructure(text, { name, isCut, ...(delimiter !== undefined && { delimiter }) }) };
  }
  const structure = jsonStructure(text, { name, isCut, isLines: JSON_LINES.has(extension) });
  return structure === undefined ? { encoding, reason: 'it is no JSON' } : { encoding, structure };
}
