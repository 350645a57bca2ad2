import { assertHost, type Send } from './outgoing';
import type { HttpSpec } from '../contract';

// As browsers: more is a loop.
const MAX_REDIRECTS = 5;

/** Follows a redirect of a GET, to the hosts of the spec only: SOURCE_HOST_REFUSED elsewhere, before anything is sent there. */
export const withRedirects =
  (spec: HttpSpec, send: Send): Send =>
  async (outgoing) => {
    let current = outgoing;
    for (let hops = 0; ; hops++) {
      const incoming = await send(current);
      const location = incoming.headers['location'];
      const isRedirect = [301, 302, 303, 307, 308].includes(incoming.status) && location !== undefined;
      if (!isRedirect || current.method !== 'GET' || hops === MAX_REDIRECTS || !URL.canParse(location, current.url.href)) return incoming;
      const url = new URL(location, current.url);
      assertHost(spec, url);
      current = { ...current, url };
    }
  };
