/** A field as a file has it. */
export interface Field {
  readonly name: string;
  readonly dataType: string;
  readonly isNullable: boolean;
  readonly isList: boolean;
  readonly required: boolean;
  readonly description?: string;
  readonly defaultValue?: string;
  readonly aliases?: readonly string[];
  readonly notes?: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
}
/** What is inside a data file. */
export interface Structure {
  readonly typeName: 'CSVFile' | 'JSONFile' | 'AvroFile';
  readonly name: string;
  readonly description?: string;
  readonly namespace?: string;
  readonly notes: Readonly<Record<string, string>>;
  readonly fields: readonly Field[];
}

/** The beginning of a file. */
export interface Sample {
  readonly bytes: Buffer;
  /** There is more. */
  readonly isCut: boolean;
}

/** So many fields a file, and so deep: what has more is data in the place of names. */
export const MOST_FIELDS = 2_000;
export const MOST_DEPTH = 8;
