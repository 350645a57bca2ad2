import { FrameworkError } from '../contract';
import { query } from './path';
import { entitiesOf } from './search';
import type { Ownership } from './user-agent';
import type { Wire } from './wire';

// As many as Port's own client asks at a time.
const PAGE = 5_000;
const ROUTE = '/blueprints/entities/datasource-entities';
const WHAT = `POST ${ROUTE}`;
const PATH = `${ROUTE}${query({ exclude_calculated_properties: true, include: ['blueprint', 'identifier'] })}`;

/** Everything this owner wrote (E27), page by page; only identities are kept. */
export async function* owned(wire: Wire, owner: Ownership, signal?: AbortSignal): AsyncGenerator<readonly { readonly identifier: string; readonly blueprint: string }[]> {
  let from: string | undefined;
  do {
    const body = JSON.stringify({ datasource_prefix: owner.prefix, datasource_suffix: owner.suffix, limit: PAGE, ...(from === undefined ? {} : { from }) });
    const answer = await wire.ask({ method: 'POST', path: PATH, userAgent: owner.writer, body, repeatable: true, signal });
    const entities = entitiesOf(WHAT, answer);
    if (entities.length > 0) yield entities;
    const next: unknown = answer['next'];
    const following = typeof next === 'string' && next !== '' ? next : undefined;
    if (following !== undefined && following === from) {
      throw new FrameworkError('PORTAL_ANSWER', [200, WHAT, 'the page after this one is this one']);
    }
    from = following;
  } while (from !== undefined);
}
