import { isObject, toJson, type JsonObject } from '@integration-framework/framework';
import { resolve } from './references';
import { listOf } from './schema';
import { versionOf } from './version';

export type ListKind = 'HEADER' | 'REQUEST' | 'RESPONSE';

/** One parameter, body, or answer of an operation, whatever the version of the document. */
export interface Given {
  readonly list: ListKind;
  /** What tells it apart in its list: where it stands, its name. */
  readonly parts: readonly string[];
  readonly name: string;
  /** `query`, `body`, `header`, … */
  readonly place: string;
  readonly description?: string;
  readonly required: boolean;
  readonly isDeprecated: boolean;
  readonly schema: unknown;
  readonly notes: Readonly<Record<string, string>>;
}
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tags: readonly string[];
  readonly operation: JsonObject;
  /** What stands beside the operations of a path. */
  readonly shared: JsonObject;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const objectOf = (value: unknown): JsonObject => (isObject(value) ? (value as JsonObject) : {});

/** All operations, in the order of the document. `lost`: told of paths that another document describes. */
export function* operationsOf(document: JsonObject, lost: (reference: string) => void): Generator<Operation> {
  for (const [path, node] of Object.entries(objectOf(document['paths']))) {
    if (!path.startsWith('/')) continue; // x-…
    const item = resolve(document, node);
    if (item === undefined) continue;
    if ('unresolved' in item) {
      lost(item.unresolved);
      continue;
    }
    for (const method of METHODS) {
      const operation = item.value[method];
      if (!isObject(operation)) continue;
      const tags = [...new Set(listOf(operation['tags']).filter((tag): tag is string => typeof tag === 'string' && tag !== ''))];
      yield { method: method.toUpperCase(), path, tags, operation: operation as JsonObject, shared: item.value };
    }
  }
}

/** What an operation takes and answers. */
export function givenOf(document: JsonObject, of: Operation): readonly Given[] {
  const parameters = parametersOf(document, of);
  if (versionOf(document) === 2) return [...parameters, ...answersOf(document, of, (answer) => schemaByMedia(answer['schema'], of.operation['produces'] ?? document['produces']))];
  return [...parameters, ...bodyOf(document, of), ...answersOf(document, of, (answer) => contentOf(answer['content']))];
}

/** Those of the path, replaced by those of the operation that have the same place and name. */
function parametersOf(document: JsonObject, { operation, shared }: Operation): readonly Given[] {
  const found = new Map<string, Given>();
  for (const node of [...listOf(shared['parameters']), ...listOf(operation['parameters'])]) {
    const resolved = resolve(document, node);
    if (resolved === undefined) continue;
    if ('unresolved' in resolved) {
      found.set(resolved.unresolved, { list: 'REQUEST', parts: ['$ref', resolved.unresolved], name: resolved.unresolved, place: 'unknown', required: false, isDeprecated: false, schema: node, notes: {} });
      continue;
    }
    const { value } = resolved;
    const [place, name] = [textOf(value['in']), textOf(value['name'])];
    if (place === undefined || name === undefined) continue;
    const [first] = contentOf(value['content']);
    // Swagger 2.0 writes the schema of all but the body beside the name.
    const schema = value['schema'] ?? first?.schema ?? value;
    const list = place === 'header' || place === 'cookie' ? 'HEADER' : 'REQUEST';
    const { name: _name, in: _in, description: _description, required: _required, ...bare } = value;
    const medias = place === 'body' ? listOf(operation['consumes'] ?? document['consumes']) : [];
    found.set(`${place} ${name}`, {
      list, name, place, parts: [place, name],
      ...described(value),
      required: value['required'] === true,
      isDeprecated: value['deprecated'] === true,
      schema: schema === value ? bare : schema,
      notes: { ...(first && { mediaTypes: first.medias.join(', ') }), ...(medias.length > 0 && { mediaTypes: medias.join(', ') }) },
    });
  }
  return [...found.values()];
}

const described = (value: JsonObject): { readonly description?: string } => {
  const description = textOf(value['description']);
  return description === undefined ? {} : { description };
};

interface Media {
  readonly medias: readonly string[];
  readonly schema: unknown;
}

/** Media types of one body that share a schema are one. */
function contentOf(content: unknown): readonly Media[] {
  const bySchema = new Map<string, { medias: string[]; schema: unknown }>();
  for (const [media, value] of Object.entries(objectOf(content))) {
    const schema = objectOf(value)['schema'] ?? {};
    const text = toJson(schema as JsonObject);
    const known = bySchema.get(text);
    if (known) known.medias.push(media);
    else bySchema.set(text, { medias: [media], schema });
  }
  return [...bySchema.values()];
}

const schemaByMedia = (schema: unknown, medias: unknown): readonly Media[] =>
  schema === undefined ? [] : [{ medias: listOf(medias).filter((media): media is string => typeof media === 'string'), schema }];

/** The first says the name alone; of others it is told apart by the media type. */
const mediaName = (name: string, { medias }: Media, index: number): string => (index === 0 ? name : `${name} (${medias[0] ?? index})`);

function bodyOf(document: JsonObject, { operation }: Operation): readonly Given[] {
  const body = resolve(document, operation['requestBody']);
  if (body === undefined) return [];
  const base = { list: 'REQUEST', place: 'body', isDeprecated: false } as const;
  if ('unresolved' in body) return [{ ...base, parts: ['body'], name: 'body', required: false, schema: operation['requestBody'], notes: {} }];
  return contentOf(body.value['content']).map((media, index) => ({
    ...base,
    parts: ['body', media.medias[0]!],
    name: mediaName('body', media, index),
    ...described(body.value),
    required: body.value['required'] === true,
    schema: media.schema,
    notes: { mediaTypes: media.medias.join(', ') },
  }));
}

function answersOf(document: JsonObject, { operation }: Operation, mediasOf: (answer: JsonObject) => readonly Media[]): readonly Given[] {
  const base = { list: 'RESPONSE', required: false, isDeprecated: false } as const;
  return Object.entries(objectOf(operation['responses'])).flatMap(([status, node]): readonly Given[] => {
    if (status.startsWith('x-')) return [];
    const answer = resolve(document, node);
    if (answer === undefined) return [];
    if ('unresolved' in answer) return [{ ...base, place: 'response', parts: ['body', status], name: status, schema: node, notes: {} }];
    const medias = mediasOf(answer.value);
    const bodies = (medias.length === 0 ? [{ medias: [], schema: undefined }] : medias).map((media, index): Given => ({
      ...base,
      place: 'response',
      parts: ['body', status, ...media.medias.slice(0, 1)],
      name: mediaName(status, media, index),
      ...described(answer.value),
      schema: media.schema,
      notes: media.medias.length > 0 ? { mediaTypes: media.medias.join(', ') } : {},
    }));
    const headers = Object.entries(objectOf(answer.value['headers'])).map(([name, header]): Given => {
      const resolved = resolve(document, header);
      const value = resolved === undefined || 'unresolved' in resolved ? undefined : resolved.value;
      return { ...base, place: 'header', parts: ['header', status, name], name, ...(value && described(value)), schema: value?.['schema'] ?? value ?? header, notes: { status } };
    });
    return [...bodies, ...headers];
  });
}
