import { isObject, type JsonObject } from '@integration-framework/framework';
import { listOf } from './schema';
import { versionOf } from './version';

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Addresses at which the API is reached, whole where the document or its own address tells; the first is the main one. */
export function serversOf(document: JsonObject, at: URL | undefined): readonly string[] {
  const found = versionOf(document) === 2 ? swaggerServers(document, at) : openServers(document);
  const whole = found.map((server) => (URL.canParse(server, at?.href) ? withoutUser(new URL(server, at)) : server)).filter((server) => server !== '/' || at !== undefined);
  return [...new Set(whole)];
}

function withoutUser(url: URL): string {
  url.username = '';
  url.password = '';
  return url.href;
}

/** Without servers the API is where the document is. */
function openServers(document: JsonObject): readonly string[] {
  const servers = listOf(document['servers']).flatMap((server) => {
    const url = isObject(server) ? textOf(server['url']) : undefined;
    if (url === undefined) return [];
    const variables = isObject(server) && isObject(server['variables']) ? server['variables'] : {};
    return [url.replace(/\{([^}]*)\}/g, (whole, name: string) => textOf(isObject(variables[name]) ? variables[name]['default'] : undefined) ?? whole)];
  });
  return servers.length > 0 ? servers : ['/'];
}

function swaggerServers(document: JsonObject, at: URL | undefined): readonly string[] {
  const host = textOf(document['host']) ?? at?.host;
  const base = textOf(document['basePath']) ?? '/';
  if (host === undefined) return [base];
  const schemes = listOf(document['schemes']).filter((scheme): scheme is string => typeof scheme === 'string');
  const known = schemes.length > 0 ? schemes : [at?.protocol.replace(/:$/, '') ?? 'https'];
  return known.map((scheme) => `${scheme}://${host}${base}`);
}
