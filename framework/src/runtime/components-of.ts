import { destinationSettings } from '../audit';
import type { Components, SourceComponent } from '../config';
import type { Integration, Verifier } from '../contract';
import { sinkTypes } from '../deliver/sinks';
import { loadIntegration, type IntegrationFolder } from '../load';
import { processorSettings, processorTypes } from '../pipeline/processors';

/** Every processor, every sink and the integrations of these folders, for the schema and the reference page of configurations. A folder that cannot be loaded is left out. */
export function componentsOf(folders: readonly IntegrationFolder[]): Components {
  const sources = folders.flatMap((found): readonly (readonly [string, SourceComponent])[] => {
    const result = loadIntegration(found);
    return 'problems' in result ? [] : [[found.type, sourceOf(result.loaded.integration)]];
  });
  return {
    sources: Object.fromEntries(sources),
    processors: Object.fromEntries(processorTypes.map((type) => [type, processorSettings(type) ?? {}])),
    destinations: destinationSettings,
    sinks: Object.fromEntries([...sinkTypes].map(([type, { settings }]) => [type, settings])),
  };
}

function sourceOf({ title, settings, live, connector }: Integration): SourceComponent {
  return { title, settings, ...(live?.verify && { webhook: authenticationOf(live.verify) }), ...(connector && { connector: true }) };
}

const PROOFS = {
  hmac: 'HMAC-SHA256 of the body',
  'suffix-hash': 'SHA-256 of the body and the secret',
  token: 'the secret itself',
  basic: 'user name and secret',
} as const satisfies Readonly<Record<Verifier['scheme'], string>>;

function authenticationOf({ scheme, header, fallbackHeader, fixedHeader }: Verifier): string {
  const fallback = fallbackHeader === undefined ? '' : `, else \`${fallbackHeader}\``;
  return `${PROOFS[scheme]} in \`${header}\`${fallback}${fixedHeader ? ' (fixed)' : ''}`;
}
