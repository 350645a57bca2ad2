import type { Integration } from '../contract';
import { reads } from '../pipeline/processors';

/** What decides the feed of a pipeline (pipelines.md 5.3). */
export interface FeedQuestion {
  /** Absent where it could not be loaded: then only what needs no knowledge of it counts. */
  readonly integration?: Integration | undefined;
  /** In order; `celExpression` of filters. */
  readonly processors: readonly { readonly type: string; readonly celExpression?: string | undefined }[];
  readonly sinks: readonly { readonly name: string; readonly insertOnly: boolean }[];
}

/** Names of a filter that tell of an event, not of what a thing is now. */
const OF_EVENTS = ['eventType', 'operation', 'receivedAt'];
/** After these `data` is no envelope any more. */
const RENEWING = ['mapper', 'cloud-vendor-aggregator'];

/** What asks for every event; undefined: nothing does, states are enough. */
export function eventsReason({ integration, processors, sinks }: FeedQuestion): string | undefined {
  const history = sinks.find(({ insertOnly }) => insertOnly);
  if (history) return `the sink ${history.name} is insertOnly`;
  let renewed: string | undefined;
  for (const { type, celExpression } of processors) {
    if (type === 'rpc-plugin') return 'a plugin sees every event';
    const reason = celExpression === undefined ? undefined : filterReason(celExpression, { integration, renewed });
    if (reason !== undefined) return reason;
    if (RENEWING.includes(type)) renewed = type;
  }
  return undefined;
}

function filterReason(expression: string, at: { readonly integration: Integration | undefined; readonly renewed: string | undefined }): string | undefined {
  const { names, data } = reads(expression);
  const name = OF_EVENTS.find((candidate) => names.has(candidate));
  if (name !== undefined) return `a filter reads ${name}`;
  if (!names.has('data')) return undefined;
  // What the fields were made of is not looked into: it may be anything in the delivery.
  if (at.renewed !== undefined) return `a filter reads data that a ${at.renewed} made`;
  const rows = rowMembers(at.integration);
  if (rows === 'all') return undefined;
  if (data === 'all') return 'a filter reads data as a whole';
  const beside = [...data].find((member) => !rows.has(member));
  return beside === undefined ? undefined : `a filter reads data.${beside}, beside the row`;
}

/** Top-level members of deliveries in which rows stand. */
function rowMembers(integration: Integration | undefined): ReadonlySet<string> | 'all' {
  if (!integration?.live) return 'all';
  const places = Object.values(integration.live.rowPlaces ?? {}).flat();
  if (places.length > 0 && places.every((place) => place === '')) return 'all';
  return new Set(places.flatMap((place) => (place === '' ? [] : [place.split('.')[0]!])));
}
