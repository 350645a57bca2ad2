import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  subscriptionId: { type: 'string', required: true, description: 'Subscription whose resources are imported.', example: '00000000-0000-0000-0000-000000000000' },
  tenantId: { type: 'string', description: 'Tenant of the application. Without it, clientId and clientSecret: credentials of the environment (variables, workload identity, managed identity).' },
  clientId: { type: 'string', secret: true, description: 'Id of the application.' },
  clientSecret: { type: 'string', secret: true, description: 'Secret of the application.' },
  eventHubNamespace: { type: 'string', required: true, description: 'Namespace; `.servicebus.windows.net` is appended when it is missing.', example: 'acme-logs' },
  eventHubName: { type: 'string', required: true, description: 'Event hub that the activity log is exported to.', example: 'activity' },
  checkpointStorageAccountName: { type: 'string', required: true, description: 'Storage account that remembers how far was read: https://<name>.blob.core.windows.net.', example: 'acmecheckpoints' },
  checkpointStorageContainerName: { type: 'string', required: true, description: 'Container in it.', example: 'catalog' },
  resourceManagerUrl: { type: 'string', default: 'https://management.azure.com', description: 'Address of the resource manager, in another cloud than the public one.' },
} as const satisfies SettingsSpec;

export type AzureSettings = SettingsOf<typeof settings>;

export const namespaceOf = ({ eventHubNamespace: name }: AzureSettings): string => (name.includes('.') ? name : `${name}.servicebus.windows.net`).toLowerCase();

/** What one setting alone cannot tell. */
export function problemsOf({ tenantId, clientId, clientSecret, resourceManagerUrl, checkpointStorageAccountName: account }: AzureSettings): readonly string[] {
  const problems: string[] = [];
  const absent = Object.entries({ tenantId, clientId, clientSecret }).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (absent.length === 1 || absent.length === 2) problems.push(`${absent.join(' and ')} missing; tenantId, clientId and clientSecret go together`);
  if (!/^https?:$/.test(URL.canParse(resourceManagerUrl) ? new URL(resourceManagerUrl).protocol : '')) problems.push('resourceManagerUrl is not an address; write https://management.azure.com');
  if (!/^[a-z0-9]{3,24}$/.test(account)) problems.push('checkpointStorageAccountName is no name of a storage account: 3 to 24 small letters and digits');
  return problems;
}
