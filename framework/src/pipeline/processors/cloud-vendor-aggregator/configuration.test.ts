import { Secret } from '../../../contract';
import { createCloudVendorAggregator } from '../cloud-vendor-aggregator';
import { context } from '../test/event';

test.each<[Readonly<Record<string, unknown>>, readonly string[]]>([
  [{}, ['cloudVendorName CONFIG_REQUIRED']],
  [{ cloudVendorName: 'ibm' }, ['cloudVendorName CONFIG_ENUM']],
  [{ cloudVendorName: 'gcp', rawData: 'xml' }, ['rawData CONFIG_ENUM']],
  [{ cloudVendorName: 'gcp', authOptions: { credentialsJson: new Secret('{}') } }, []],
  [{ cloudVendorName: 'gcp', authOptions: { region: 'eu' } }, ['authOptions.region CONFIG_UNKNOWN_KEY']],
  [{ cloudVendorName: 'aws', authOptions: { tenantId: 'x', accessKeyId: 'a', secretAccessKey: new Secret('b') } }, ['authOptions.tenantId CONFIG_UNKNOWN_KEY']],
  [{ cloudVendorName: 'aws', authOptions: { nosuch: 'x' } }, ['authOptions.nosuch CONFIG_UNKNOWN_KEY']],
  [{ cloudVendorName: 'aws', authOptions: { accessKeyId: 'a' } }, ['authOptions.secretAccessKey CONFIG_REQUIRED']],
  [{ cloudVendorName: 'aws', authOptions: { accessKeyId: new Secret('a'), secretAccessKey: 'b' } }, ['authOptions.secretAccessKey SECRET_FORM']],
  [{ cloudVendorName: 'aws', authOptions: { region: 7 } }, ['authOptions.region CONFIG_TYPE']],
  [{ cloudVendorName: 'azure', authOptions: { tenantId: 't', clientId: new Secret('c') } }, ['authOptions.clientSecret CONFIG_REQUIRED']],
  [{ cloudVendorName: 'azure' }, []],
])('configuration %#', (config, expected) => {
  const { problems, processor } = createCloudVendorAggregator(config, context());
  expect(problems.map(({ path, code }) => `${path} ${code}`)).toEqual(expected);
  expect(processor === undefined).toBe(expected.length > 0);
});
