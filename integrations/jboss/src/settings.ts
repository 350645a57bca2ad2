import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  wildFlyUrl: { type: 'string', default: 'http://localhost:9990/management', description: 'Address of the HTTP management API.', example: 'https://wildfly.example.com:9993/management' },
  username: { type: 'string', default: 'admin', description: 'A management user; the role Monitor is enough.' },
  password: { type: 'string', secret: true, required: true, description: 'Password of the user.' },
  pollingInterval: { type: 'duration', default: '1s', min: 1_000, description: 'Time between two looks at the deployments.', example: '30s' },
} as const satisfies SettingsSpec;

export type JbossSettings = SettingsOf<typeof settings>;

/** What one setting alone cannot tell. */
export function problemsOf({ wildFlyUrl }: JbossSettings): readonly string[] {
  const isAddress = URL.canParse(wildFlyUrl) && /^https?:$/.test(new URL(wildFlyUrl).protocol);
  return isAddress ? [] : ['wildFlyUrl is not an address; write http://<host>:9990/management'];
}

/** Name of the server inside canonical ids: host and port. */
export function scopeOf({ wildFlyUrl }: JbossSettings): string {
  const { hostname, port, protocol } = new URL(wildFlyUrl);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}
