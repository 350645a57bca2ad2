import path from 'node:path';
import { conformance } from '@integration-framework/framework/testkit';
import { describeWith } from '../../../tools/servers';
import aws from '../src/index';
import { credentials, REGION, startAws, type TestAws } from './aws';
import { deliveries } from './records';

describeWith({ needs: ['moto'] }, 'on moto', () => {
  let cloud: TestAws | undefined;
  conformance(aws, {
    folder: path.join(__dirname, '..'),
    async settings() {
      cloud = await startAws();
      const queueUrl = await cloud.createQueue('catalog');
      for (const name of ['invoices', 'invoices-2025', 'pictures']) await cloud.createBucket(name);
      for (const name of ['resize', 'charge', 'mail']) await cloud.createFunction(name);
      return { queueUrl, region: REGION, ...credentials };
    },
    deliveries,
    unfilled: ['s3.properties.region'], // moto leaves it out
    cleanUp: () => cloud?.stop(),
  });
});
