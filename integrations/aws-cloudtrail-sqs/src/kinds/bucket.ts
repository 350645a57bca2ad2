import { ABSENT, type ChangeKey, type JsonObject, type Kind } from '@integration-framework/framework';
import { connect } from '../client';
import { listedPages } from '../listed-pages';
import { aboutOf, textAt } from '../record';
import type { AwsSettings } from '../settings';

// The most that one call gives.
const PAGE_ROWS = 1_000;

/** Keys of a bucket as it is listed. */
export const bucketKeys = (row: JsonObject): readonly ChangeKey[] => [
  { name: 'resourceName', value: textAt(row, 'Name'), identity: true },
  { name: 'eventSource', value: 's3.amazonaws.com', identity: false },
];

const nameOf = (row: JsonObject): string => String((aboutOf(row)?.keys ?? bucketKeys(row))[0]?.value ?? '');

/** The row is an event of CloudTrail, or the bucket as it is listed, whichever was learned last: they share no version. */
export const bucket: Kind<AwsSettings, JsonObject> = {
  name: 's3',
  vendor: 'aws',
  keys: ['resourceName'],
  key: (row) => [nameOf(row)],
  claims: 'decide',
  importType: 'import-event',
  // A bucket of another account is told and never listed: absence is proven one by one.
  paging: 'drifting',
  async *scan(context, position) {
    const aws = await connect(context.settings);
    try {
      const account = await aws.account(context.signal);
      yield* listedPages(async (token) => {
        const page = await aws.buckets({ limit: PAGE_ROWS, ...(token !== undefined && { token }) }, context.signal);
        return { rows: page.rows.map((row) => ({ ...row, AccountId: account })), next: page.next };
      }, { position, log: context.log });
    } finally {
      aws.close();
    }
  },
  async get(context, at) {
    const name = decodeURIComponent(at.key);
    const aws = await connect(context.settings);
    try {
      for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
        const page = await aws.buckets({ limit: PAGE_ROWS, prefix: name, ...(token !== undefined && { token }) }, context.signal);
        const found = page.rows.find((row) => row['Name'] === name);
        if (found) return { ...found, AccountId: await aws.account(context.signal) };
        token = page.next;
      }
      return (await aws.bucketExists(name, context.signal)) && at.row ? at.row : ABSENT;
    } finally {
      aws.close();
    }
  },
};
