import type { SettingsOf, SettingsSpec } from '@integration-framework/framework';

export const settings = {
  queueUrl: {
    type: 'string',
    required: true,
    description: 'Queue that an EventBridge rule sends CloudTrail events to.',
    example: 'https://sqs.eu-west-1.amazonaws.com/111122223333/catalog',
  },
  region: { type: 'string', description: 'Region whose functions are imported. Default: that of `queueUrl`, else what the environment says.', example: 'eu-west-1' },
  accessKeyId: { type: 'string', description: 'Access key. Default: credentials of the environment (variables, profile, role of the pod, task or instance).', example: 'AKIAIOSFODNN7EXAMPLE' },
  secretAccessKey: { type: 'string', secret: true, description: 'Secret of the access key.' },
  sessionToken: { type: 'string', secret: true, description: 'Of temporary credentials.' },
} as const satisfies SettingsSpec;

export type AwsSettings = SettingsOf<typeof settings>;

/** Region in the address of a queue; an address of another form (an endpoint of one's own) tells none. */
export const regionOfQueue = (queueUrl: string): string | undefined => /^https:\/\/sqs(?:-fips)?\.([a-z0-9-]+)\./.exec(queueUrl)?.[1];

/** What one setting alone cannot tell. */
export function problemsOf({ queueUrl, accessKeyId, secretAccessKey, sessionToken }: AwsSettings): readonly string[] {
  const problems: string[] = [];
  if (!/^https?:$/.test(URL.canParse(queueUrl) ? new URL(queueUrl).protocol : '')) problems.push('queueUrl is not an address; write https://sqs.<region>.amazonaws.com/<account>/<queue>');
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) problems.push(`${accessKeyId === undefined ? 'accessKeyId' : 'secretAccessKey'} is missing; accessKeyId and secretAccessKey go together`);
  if (sessionToken !== undefined && accessKeyId === undefined) problems.push('sessionToken stands alone; give accessKeyId and secretAccessKey too');
  return problems;
}
