import { Secret, type SettingsSpec } from '../../contract';
import { isObject, toJson, withhold, type Json, type JsonObject } from '../../shared';
import { ambientAwsCredentials } from './cloud-vendor-aggregator/aws-credentials';
import { createAws } from './cloud-vendor-aggregator/aws';
import type { Judged, Vendor } from './cloud-vendor-aggregator/asset';
import { createAzure } from './cloud-vendor-aggregator/azure';
import { createAzureToken } from './cloud-vendor-aggregator/azure-token';
import { gcp } from './cloud-vendor-aggregator/gcp';
import { createSend } from './cloud-vendor-aggregator/send';
import { childPath } from './paths';
import { isError, readConfig } from './read-config';
import type { CreateProcessor, Created, PipelineEvent, ProcessorContext, ProcessorProblem } from './types';

export const cloudVendorAggregatorSettings = {
  cloudVendorName: { type: 'string', enum: ['gcp', 'aws', 'azure'], required: true, description: 'Whose events these are.' },
  authOptions: {
    type: 'object',
    references: true,
    default: {},
    description: 'For look-ups. gcp: credentialsJson; aws: accessKeyId, secretAccessKey, sessionToken, region; azure: tenantId, clientId, clientSecret. Default: credentials of the environment.',
  },
  rawData: { type: 'string', enum: ['base64', 'object', 'omit'], default: 'base64', description: 'What the asset was made of: as base64 text, as it is, or left out.' },
} as const satisfies SettingsSpec;

type VendorName = 'gcp' | 'aws' | 'azure';
type AuthOptions = Readonly<Record<string, string | Secret | undefined>>;

/** Keys of each vendor; those that stand together come all or not at all. */
const AUTH: Readonly<Record<VendorName, { readonly keys: Readonly<Record<string, 'text' | 'secret'>>; readonly together: readonly string[] }>> = {
  gcp: { keys: { credentialsJson: 'secret' }, together: [] },
  aws: { keys: { accessKeyId: 'text', secretAccessKey: 'secret', sessionToken: 'secret', region: 'text' }, together: ['accessKeyId', 'secretAccessKey'] },
  azure: { keys: { tenantId: 'text', clientId: 'secret', clientSecret: 'secret' }, together: ['tenantId', 'clientId', 'clientSecret'] },
};

function checkAuth(vendor: VendorName, given: Readonly<Record<string, unknown>>, lenient: boolean): readonly ProcessorProblem[] {
  const problems: ProcessorProblem[] = [];
  const { keys, together } = AUTH[vendor];
  const known = Object.keys(keys).join(', ');
  for (const [key, value] of Object.entries(given)) {
    const tell = (code: string, message: string, remedy: string): void => void problems.push({ path: childPath('authOptions', key), code, severity: 'error', message, remedy });
    const owner = (Object.keys(AUTH) as VendorName[]).find((name) => Object.hasOwn(AUTH[name].keys, key));
    const kind = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (kind === undefined && owner === undefined) {
      problems.push({ path: childPath('authOptions', key), code: 'CONFIG_UNKNOWN_KEY', severity: lenient ? 'warning' : 'error', message: `${key} is not known here`, remedy: `remove it; known are ${known}` });
    } else if (kind === undefined) tell('CONFIG_UNKNOWN_KEY', `${key} belongs to ${owner}, not to ${vendor}`, `remove it; ${vendor} has ${known}`);
    else if (kind === 'secret' && !(value instanceof Secret)) tell('SECRET_FORM', `${key} must not stand in the file`, 'write { fromEnv: NAME } or { fromFile: PATH }');
    else if (typeof value !== 'string' && !(value instanceof Secret)) tell('CONFIG_TYPE', `${key} must be text`, 'write text, or { fromEnv: NAME }');
  }
  const absent = together.filter((key) => given[key] === undefined);
  if (absent.length > 0 && absent.length < together.length) {
    for (const key of absent) problems.push({ path: childPath('authOptions', key), code: 'CONFIG_REQUIRED', severity: 'error', message: `${key} is missing`, remedy: `${together.join(', ')} go together` });
  }
  return problems;
}

const revealed = (value: string | Secret | undefined): string => (value instanceof Secret ? value.reveal() : (value ?? ''));

/** Makes the vendor's part. It calls nobody before the first event. */
function createVendor(name: VendorName, auth: AuthOptions, around: { readonly context: ProcessorContext; readonly signal: AbortSignal; readonly manager: string; onRefused(message: string | undefined): void }): Vendor {
  if (name === 'gcp') return gcp;
  const { context, signal, manager, onRefused } = around;
  const common = { send: createSend(signal), clock: context.clock, signal, onRefused };
  if (name === 'azure') {
    const account = auth['clientSecret'] === undefined ? undefined : { tenantId: revealed(auth['tenantId']), clientId: revealed(auth['clientId']), clientSecret: () => revealed(auth['clientSecret']) };
    return createAzure({ ...common, manager, token: createAzureToken({ ...common, account, resource: 'https://management.azure.com' }) });
  }
  const region = auth['region'] === undefined ? process.env['AWS_REGION'] || process.env['AWS_DEFAULT_REGION'] || undefined : revealed(auth['region']);
  const own = async () => ({
    accessKeyId: revealed(auth['accessKeyId']),
    secretAccessKey: revealed(auth['secretAccessKey']),
    ...(auth['sessionToken'] !== undefined && { sessionToken: revealed(auth['sessionToken']) }),
  });
  return createAws({ ...common, region, credentials: auth['accessKeyId'] === undefined ? ambientAwsCredentials({ ...common, region }) : own });
}

/** Turns what a cloud says of a resource into an asset of one shape for all clouds. */
export const createCloudVendorAggregator: CreateProcessor = (config, context) => aggregateBy('https://management.azure.com', config, context);

/** `manager`: address of Azure's resource manager. */
export function aggregateBy(manager: string, config: Readonly<Record<string, unknown>>, context: ProcessorContext): Created {
  const { settings, problems } = readConfig(cloudVendorAggregatorSettings, config, context.lenient);
  if (!settings) return { problems };
  const vendorName = settings.cloudVendorName as VendorName;
  const all = [...problems, ...checkAuth(vendorName, settings.authOptions, context.lenient)];
  if (all.some(isError)) return { problems: all };

  const auth = settings.authOptions as AuthOptions;
  const closing = new AbortController();
  let refused: string | undefined;
  const onRefused = (message: string | undefined): void => {
    const { integration, pipeline } = context;
    if (message !== undefined && refused === undefined) context.log.warn('look-ups are refused; assets have no tags', { integration, pipeline, reason: message });
    refused = message;
  };
  const vendor = createVendor(vendorName, auth, { context, signal: closing.signal, manager, onRefused });
  const secrets = (): readonly string[] => Object.values(auth).flatMap((value) => (value instanceof Secret ? [value.reveal()] : []));

  async function judge(event: PipelineEvent): Promise<Judged> {
    try {
      return await vendor(event);
    } catch (err) {
      if (closing.signal.aborted) throw err;
      return { is: 'dead', code: 'LOOKUP_FAILED', message: err instanceof Error ? err.message : String(err) };
    }
  }

  return {
    problems: all,
    processor: {
      type: 'cloud-vendor-aggregator',
      async process(event) {
        if (event.operation === 'delete') return { is: 'event', event };
        const judged = await judge(event);
        if (judged.is === 'dead') return { ...judged, message: withhold(judged.message, secrets()) };
        if (judged.is === 'discard') return judged;
        return { is: 'event', event: { ...event, data: dataOf(judged, settings.rawData) } };
      },
      trouble: () => (refused === undefined ? undefined : `look-ups are refused: ${withhold(refused, secrets())}`),
      async close() {
        closing.abort(new DOMException('the processor is closed', 'AbortError'));
      },
    },
  };
}

function dataOf({ asset, raw }: Extract<Judged, { is: 'asset' }>, mode: string): Json {
  const { timestamp, ...before } = asset;
  const rawData: JsonObject = mode === 'omit' ? {} : { rawData: mode === 'object' && isObject(raw) ? raw : Buffer.from(toJson(raw)).toString('base64') };
  return { ...before, ...rawData, timestamp };
}
