import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  projectId: { type: 'string', required: true, description: 'Project of topic and subscription, whose assets are imported.', example: 'acme-shop' },
  topicName: { type: 'string', required: true, description: 'Topic of the feed of Cloud Asset Inventory.', example: 'asset-feed' },
  subscriptionId: { type: 'string', required: true, description: 'Subscription of the topic; it is made when it is not there.', example: 'catalog' },
  ackDeadlineSeconds: { type: 'integer', min: 10, max: 600, default: 60, description: 'For so long messages are ours while they are being stored; it is renewed.' },
  credentialsJson: { type: 'string', secret: true, description: 'Key of a service account, JSON. Default: credentials of the environment (GOOGLE_APPLICATION_CREDENTIALS, or the metadata of the machine).' },
  assetTypes: {
    type: 'list',
    default: ['storage.googleapis.com/Bucket', 'cloudfunctions.googleapis.com/Function', 'run.googleapis.com/Service'],
    description: 'Types that the import reads.',
  },
  assetUrl: { type: 'string', default: 'https://cloudasset.googleapis.com', description: 'Address of Cloud Asset Inventory, where it is reached by a private endpoint.' },
} as const satisfies SettingsSpec;

export type GcpSettings = SettingsOf<typeof settings>;

/** What one setting alone cannot tell. */
export function problemsOf({ assetTypes, assetUrl, projectId }: GcpSettings): readonly string[] {
  const problems: string[] = [];
  if (assetTypes.length === 0) problems.push('assetTypes is empty; name a type, or leave it out');
  if (!/^[a-z][a-z0-9.:-]*$/.test(projectId)) problems.push('projectId is no id of a project; write it as the console shows it, without projects/ before it');
  if (!/^https?:$/.test(URL.canParse(assetUrl) ? new URL(assetUrl).protocol : '')) problems.push('assetUrl is not an address; write https://cloudasset.googleapis.com');
  return problems;
}
