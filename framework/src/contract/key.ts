/** Orders two states of one key: epoch milliseconds or a sequence number, made from the source's text by one function per kind. */
export type Version = number;
export type Key = readonly (string | number | bigint)[];
/** Where a scan goes on. Flat JSON, so that an operator can read and edit it. */
export type Position = Readonly<Record<string, string | number | boolean>>;
