import { canonicalMember, eventId, parseCanonicalId, parseJson, toJson, type Json } from '../contract';
import { encodeSegment, hashText, isObject } from '../shared';
import { overlay, parseOutputId, rowId, rowKey, type Output } from '../store';
import { outletOf, type Outlet } from './outlet';
import type { DocumentItem, DocumentKey, DocumentSink } from './sink';

/** What is kept of a document: the body of its output's part, and of one that is gone what its removal said. */
export interface DocumentBody {
  readonly keys: readonly DocumentKey[];
  readonly eventType: string;
  readonly data?: Json;
}

export const documentId = (pipeline: string, canonicalId: string): string => `${encodeSegment(pipeline)}/${canonicalId}`;

/** Text of the body, and the hash by which outputs are compared: another event that says the same writes nothing. */
export function writeBody({ keys, eventType, data }: DocumentBody): { readonly body: string; readonly hash: string } {
  const [keysText, dataText] = [toJson(keys), data === undefined ? undefined : toJson(data)];
  const body = `{"keys":${keysText},"eventType":${JSON.stringify(eventType)}${dataText === undefined ? '' : `,"data":${dataText}`}}`;
  return { body, hash: hashText(`${keysText}\n${dataText ?? ''}`) };
}

/** For sinks that hold documents. `namesOf`: names of the identity of a kind of the entry, for a delete that nobody described. */
export function documentOutlet(sink: DocumentSink, namesOf: (kind: string) => readonly string[]): Outlet {
  return outletOf(sink, (output, note): DocumentItem => {
    const canonicalId = output._id.slice(output._id.indexOf('/') + 1);
    const text = output.gone ? output.last : output.parts.at(-1)?.body;
    const told = text === undefined ? undefined : (parseJson(text) as unknown as DocumentBody);
    const body = told ?? { keys: identityOf(canonicalId, namesOf(output.kinds[0] ?? '')), eventType: '' };
    return documentItem({ output: output._id, operation: output.gone ? 'delete' : 'write', canonicalId }, body, note);
  });
}

/** For the same sinks behind a `mapping` step: the document is the entity. What a portal has to name first comes after the portal. */
export function entityDocumentOutlet(sink: DocumentSink): Outlet {
  return outletOf({ ...sink, needsName: true }, (output, note): DocumentItem => {
    const parsed = parseOutputId(output._id);
    const { blueprint } = parsed;
    const identifier = output.identifier ?? parsed.identifier;
    const text = output.gone ? undefined : overlay(output);
    return {
      output: output._id,
      operation: output.gone ? 'delete' : 'write',
      canonicalId: `${canonicalMember(blueprint)}:${canonicalMember(identifier)}`,
      kind: blueprint,
      keys: [{ name: 'identifier', value: identifier, identity: true }],
      eventId: identifier,
      eventType: blueprint,
      ...(text !== undefined && { data: parseJson(text) }),
      ...(note !== undefined && { note }),
    };
  });
}

/** Of a document, or of an event on its way to a sink that wants every one. */
export function documentItem(of: Pick<DocumentItem, 'output' | 'operation' | 'canonicalId'>, body: DocumentBody, note?: string): DocumentItem {
  const { kind, scope, members } = parseCanonicalId(of.canonicalId);
  const names = body.keys.filter((key) => key.identity).map(({ name }) => name);
  return {
    ...of,
    kind,
    ...(scope !== undefined && { scope }),
    keys: body.keys,
    eventId: eventId(names, members as [string, ...string[]]),
    eventType: body.eventType,
    ...(body.data !== undefined && (isObject(body.data) || of.operation === 'write') && { data: body.data }),
    ...(note !== undefined && { note }),
  };
}

const identityOf = (canonicalId: string, names: readonly string[]): readonly DocumentKey[] =>
  parseCanonicalId(canonicalId).members.map((value, at) => ({ name: names[at] ?? `key${at + 1}`, value, identity: true }));

/** `_id` of the row that a document is made of. */
export function documentRow(integration: string, output: Pick<Output, '_id' | 'kinds'>): string {
  const { members } = parseCanonicalId(output._id.slice(output._id.indexOf('/') + 1));
  return rowId({ integration, kind: output.kinds[0] ?? '' }, rowKey(members));
}
