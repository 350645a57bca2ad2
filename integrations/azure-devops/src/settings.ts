import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  azureDevOpsOrganizationUrl: {
    type: 'string',
    required: true,
    description: 'Address of the organization; of Azure DevOps Server that of the collection.',
    example: 'https://dev.azure.com/acme',
  },
  azureDevOpsPersonalAccessToken: { type: 'string', secret: true, required: true, description: 'Personal access token that reads projects and code and manages service hooks.' },
  webhookHost: {
    type: 'string',
    required: true,
    description: 'Where Azure DevOps reaches this process: the address that its hooks call is this one, followed by the path of the webhook.',
    example: 'https://catalog.example.com',
  },
} as const satisfies SettingsSpec;

export type AzureDevOpsSettings = SettingsOf<typeof settings>;

const isAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** What one setting alone cannot tell. */
export function problemsOf({ azureDevOpsOrganizationUrl, webhookHost }: AzureDevOpsSettings): readonly string[] {
  const problems: string[] = [];
  if (!isAddress(azureDevOpsOrganizationUrl)) problems.push('azureDevOpsOrganizationUrl is not an address; write https://dev.azure.com/<organization>');
  if (!isAddress(webhookHost)) problems.push('webhookHost is not an address; write https://<host>');
  return problems;
}
