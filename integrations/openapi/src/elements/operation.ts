import type { NewElement } from '@integration-framework/framework';
import { givenOf, type ListKind } from '../document/operations';
import { identifier, qualifiedName } from '../identity';
import { apiParts, notes, operationParts, operations, textOf, type Described } from './describe';

/** One for each path and method. Of an operation with several tags the first is its API. */
export function* apiOperations(of: Described): Generator<NewElement<'apiOperation'>> {
  for (const found of operations(of)) {
    const { method, path, tags, operation } = found;
    const description = [textOf(operation['summary']), textOf(operation['description'])].filter((text, index, all) => text !== undefined && all.indexOf(text) === index).join('\n\n');
    const additionalProperties = notes({ operationId: textOf(operation['operationId']), otherTags: tags.slice(1).join(', ') });
    yield {
      identifier: identifier(operationParts(of, found)),
      parent: { blueprint: 'api', identifier: identifier(apiParts(of, tags[0])) },
      properties: {
        qualifiedName: qualifiedName(['APIOperation', ...operationParts(of, found)]),
        displayName: `${method} ${path}`,
        path,
        command: method,
        isDeprecated: operation['deprecated'] === true,
        ...(description !== '' && { description }),
        ...(additionalProperties && { additionalProperties }),
      },
    };
  }
}

export const LISTS: Readonly<Record<ListKind, string>> = { HEADER: 'headers and cookies', REQUEST: 'parameters and body', RESPONSE: 'answers' };

/** The lists that hold something. */
export function* apiParameterLists(of: Described): Generator<NewElement<'apiParameterList'>> {
  for (const found of operations(of)) {
    const given = givenOf(of.document, found);
    for (const kind of Object.keys(LISTS) as ListKind[]) {
      const inList = given.filter(({ list }) => list === kind);
      if (inList.length === 0) continue;
      const parts = [...operationParts(of, found), kind];
      yield {
        identifier: identifier(parts),
        parent: { blueprint: 'apiOperation', identifier: identifier(operationParts(of, found)) },
        properties: {
          qualifiedName: qualifiedName(['APIParameterList', ...parts]),
          displayName: `${found.method} ${found.path}: ${LISTS[kind]}`,
          kind,
          required: inList.some(({ required }) => required),
        },
      };
    }
  }
}
