import type { Collection, Document } from 'mongodb';
import type { OutputState } from '../compose';
import type { Output, Part } from '../store';
import { checkSize, decodeBody, type Bodies, type StoredBody } from './body';
import { changesOf } from './changes';
import type { Keyed } from './dialect';
import type { RowOutputs } from './row-outputs';
import type { InTurn } from './turns';
import type { Write } from './write-guarded';

/** What everything that writes outputs works with. */
export interface OutputParts {
  readonly collection: Collection<Keyed>;
  readonly bodies: Bodies;
  readonly inTurn: InTurn;
  readonly rowOutputs: RowOutputs;
}

type StoredPart = Omit<Part, 'body'> & { readonly body: StoredBody };

export const outputOf = ({ last, ...document }: Document): Output =>
  ({
    ...document,
    parts: (document['parts'] as StoredPart[]).map((part) => ({ ...part, body: decodeBody(part.body) })),
    ...(last !== undefined && { last: decodeBody(last as StoredBody) }),
  }) as unknown as Output;

function encodeOutput<T extends Partial<OutputState>>(id: string, { last, ...output }: T, bodies: Bodies): object {
  const removal = last === undefined ? {} : { last: bodies.encode(last) };
  const parts = output.parts?.map((part) => ({ ...part, body: bodies.encode(part.body) }));
  checkSize(id, [...Object.values(removal), ...(parts ?? []).flatMap((part) => [part.body, part.row, part.hash])]);
  return { ...output, ...removal, ...(parts && { parts }) };
}

/** The write that makes `stored` what it should be. */
export function writeOutput(stored: Output | undefined, next: OutputState, bodies: Bodies): Write {
  if (stored === undefined) return { insert: encodeOutput(next._id, next, bodies) };
  const write = changesOf(stored, next);
  if (write === 'remove' || !('update' in write)) return write;
  const { $set, ...others } = write.update;
  return { update: { ...others, $set: encodeOutput(next._id, $set ?? {}, bodies) } };
}
