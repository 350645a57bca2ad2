import { ABSENT, type ChangeKey, type JsonObject, type Kind } from '@integration-framework/framework';
import { connect } from '../client';
import { listedPages } from '../listed-pages';
import { aboutOf, textAt } from '../record';
import type { AwsSettings } from '../settings';

/** Keys of a function as it is listed: `arn:aws:lambda:<region>:<account>:function:<name>`. */
export function functionKeys(row: JsonObject): readonly ChangeKey[] {
  const [, , , region, account, , name] = (textAt(row, 'FunctionArn') ?? '').split(':');
  return [
    { name: 'account', value: account, identity: true },
    { name: 'region', value: region, identity: true },
    { name: 'resourceName', value: name, identity: true },
    { name: 'eventSource', value: 'lambda.amazonaws.com', identity: false },
  ];
}

const keyOf = (row: JsonObject): readonly string[] => (aboutOf(row)?.keys ?? functionKeys(row)).filter(({ identity }) => identity).map(({ value }) => String(value ?? ''));

/** The row is an event of CloudTrail, or the function as it is listed, whichever was learned last: they share no version. */
export const lambda: Kind<AwsSettings, JsonObject> = {
  name: 'lambda',
  vendor: 'aws',
  keys: ['account', 'region', 'resourceName'],
  key: keyOf,
  claims: 'decide',
  importType: 'import-event',
  // A function of another account or region is told and never listed: absence is proven one by one.
  paging: 'drifting',
  async *scan(context, position) {
    const aws = await connect(context.settings);
    try {
      yield* listedPages((marker) => aws.functions(marker, context.signal), { position, log: context.log });
    } finally {
      aws.close();
    }
  },
  async get(context, at) {
    const [account = '', region = '', name = ''] = at.key.split('/').map(decodeURIComponent);
    const aws = await connect(context.settings);
    try {
      // Nobody here can ask for the functions of another account: what was told of it stands.
      if (account !== (await aws.account(context.signal))) return at.row ?? ABSENT;
      return (await aws.function({ region, name }, context.signal)) ?? ABSENT;
    } finally {
      aws.close();
    }
  },
};
