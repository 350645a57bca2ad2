import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, type Endpoint } from '@integration-framework/framework';
import type { OpenapiSettings } from './settings';

/** Where documents are: one URL, or the file or files of a pattern. */
export type Place = { readonly kind: 'url'; readonly url: URL } | { readonly kind: 'files'; readonly pattern: string; readonly isFile: boolean };

/** Of the endpoint, else of `documents`. Throws ConfigError for what cannot be an address. */
export function placesOf(endpoint: Endpoint | undefined, settings: OpenapiSettings): readonly Place[] {
  const { documents = [], documentPath } = settings;
  if (endpoint === undefined) {
    if (documents.length === 0) throw new ConfigError('no document is named; set `documents` (files, globs, URLs), `connection.endpoint.address`, or `endpoints.learned`');
    if (documentPath !== undefined) throw new ConfigError('`documentPath` is of an endpoint, and there is none; name the whole address in `documents`');
    return documents.map((document) => placeOf(document, false));
  }
  if (documents.length > 0) throw new ConfigError('`documents` and an endpoint stand beside each other; keep one of them (an endpoint with `documentPath` names one document on its server)');
  const place = placeOf(endpoint.address, true);
  if (documentPath === undefined) return [place];
  if (place.kind === 'files') throw new ConfigError(`\`documentPath\` is of servers, and the endpoint is the file ${place.pattern}; remove one of them`);
  return [{ kind: 'url', url: withoutFragment(new URL(documentPath, place.url)) }];
}

/** `isFile`: wildcards in a path are letters of its name. */
function placeOf(address: string, isFile: boolean): Place {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    if (!path.isAbsolute(address)) throw new ConfigError(`${address} is neither a URL nor a whole path; write https://… or an absolute path`);
    return { kind: 'files', pattern: address, isFile };
  }
  if (!URL.canParse(address)) throw new ConfigError('an address of a document is no URL; write https://host/path');
  const url = new URL(address);
  if (scheme === 'file') return { kind: 'files', pattern: pathOf(url), isFile: true };
  if (scheme !== 'http' && scheme !== 'https') throw new ConfigError(`documents are read by http, https or as files, not by ${scheme}; correct the address`);
  if (url.username !== '' || url.password !== '') throw new ConfigError(`the address of a document at ${url.host} holds a user or password; remove it, and set \`authorization\``);
  return { kind: 'url', url: withoutFragment(url) };
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (err) {
    throw new ConfigError(`${url.href} names no file of this machine; write file:///path`, { cause: err });
  }
}

function withoutFragment(url: URL): URL {
  const whole = new URL(url);
  whole.hash = '';
  return whole;
}

/** For messages: a query may hold what is not for everybody. */
export const shown = (url: URL): string => `${url.origin}${url.pathname}`;
