import { randomBytes, randomUUID } from 'node:crypto';

/** Id of a run, a request, a delivery: unique, sortable by nothing. */
export const newId = (): string => randomUUID();

let count = 0;
const process = randomBytes(6).toString('base64url');

/** A write token: unique in every write of every process, and cheap (a counter behind a random prefix). */
export const newRev = (): string => `${process}${(count++).toString(36)}`;
