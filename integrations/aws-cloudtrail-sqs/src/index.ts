import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { bucket } from './kinds/bucket';
import { lambda } from './kinds/function';
import { live } from './live';
import { listen } from './queue';
import { problemsOf, settings } from './settings';

export default defineIntegration({
  type: 'aws-cloudtrail-sqs',
  version: '0.1.0',
  title: 'AWS CloudTrail by SQS',
  description: 'S3 buckets and Lambda functions of AWS: events of CloudTrail from an SQS queue, and an import by the API.',
  settings,
  validate: problemsOf,
  kinds: [bucket, lambda],
  live,
  listen,
  check,
});
