import { isObject, type NewElement } from '@integration-framework/framework';
import { operationsOf } from '../document/operations';
import { listOf } from '../document/schema';
import { identifier, qualifiedName } from '../identity';
import { addressesOf, apiNames, apiParts, infoOf, notes, textOf, titleOf, type Described } from './describe';

/** The server of a document, where no entity stands for it. */
export function* endpoints(of: Described): Generator<NewElement<'endpoint'>> {
  if (of.entity !== undefined) return;
  const [address] = addressesOf(of);
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  yield {
    identifier: identifier([of.address]),
    properties: { qualifiedName: qualifiedName(['Endpoint', of.address]), displayName: titleOf(of), address, ...(protocol !== undefined && { protocol }), description: `Where the API of ${of.address} is reached.` },
  };
}

/** One for each tag, and one for what has none. */
export function* apis(of: Described): Generator<NewElement<'api'>> {
  const lost = new Set<string>();
  for (const _ of operationsOf(of.document, (reference) => lost.add(reference)));
  const info = infoOf(of);
  const tags = listOf(of.document['tags']).filter(isObject);
  const [, ...otherServers] = addressesOf(of);
  const version = textOf(info['version']) ?? (typeof info['version'] === 'number' ? String(info['version']) : undefined);
  const format = 'swagger' in of.document ? `Swagger ${String(of.document['swagger'])}` : `OpenAPI ${String(of.document['openapi'])}`;
  for (const tag of apiNames(of)) {
    const description = textOf(tag === undefined ? info['description'] : tags.find(({ name }) => name === tag)?.['description']);
    yield {
      identifier: identifier(apiParts(of, tag)),
      properties: {
        qualifiedName: qualifiedName(['API', ...apiParts(of, tag)]),
        name: tag ?? titleOf(of),
        displayName: tag === undefined ? titleOf(of) : `${titleOf(of)}: ${tag}`,
        ...(version !== undefined && { versionIdentifier: version }),
        ...(description !== undefined && { description }),
        additionalProperties: notes({ document: of.address, format, title: textOf(info['title']), otherServers: otherServers.join(', '), unresolved: [...lost].join(', ') }) ?? null,
      },
      relations: { endpoint: of.entity ?? identifier([of.address]) },
    };
  }
}
