import { isError, problemAt, type EntrySource, type Problem, type ProblemCode, type Settings } from '../config';
import { importVerifier, type Integration, type Verifier } from '../contract';
import type { Guarded, Incoming } from './entry';
import type { Route } from './routes';

export interface ReadIncoming {
  readonly incoming: Incoming;
  readonly routes: readonly Route[];
  readonly problems: readonly Problem[];
}

interface Reading {
  readonly source: EntrySource;
  readonly settings: Settings;
  tell(key: string, finding: { readonly code: ProblemCode; readonly severity?: Problem['severity']; readonly message: string; readonly remedy: string }): void;
}

/** Which routes an entry opens, and who may call them. What is missing keeps a route closed, or the entry from running: never open. */
export function readIncoming(source: EntrySource, integration: Integration, settings: Settings): ReadIncoming {
  const problems: Problem[] = [];
  const reading: Reading = {
    source,
    settings,
    tell(key, finding) {
      const path = `${source.settingsPath}.${key}`;
      problems.push(problemAt({ folder: settings.folder, ...settings.locate(path) }, path, finding));
    },
  };
  const { incoming: given, identifier, type, settingsPath } = source;
  const webhook = integration.live?.verify ? readWebhook(integration.live.verify, reading) : undefined;
  const imports = readImport(integration, reading);
  const callers = integration.connector && !integration.live?.verify && !integration.listen ? guard('authentication', { verifier: LISTENER, reading }) : undefined;
  const route = (is: Route['is'], key: 'webhookPath' | 'importWebhookPath', path: string): Route => ({ identifier, type, is, path, key: `${settingsPath}.${key}`, written: given[key] !== undefined });
  return {
    incoming: { ...(webhook && { webhook }), ...(imports && { import: { path: imports.path, authentication: imports.authentication } }), ...(callers && { callers }) },
    routes: [...(webhook ? [route('webhook', 'webhookPath', webhook.path)] : []), ...(imports ? [route('import', imports.key, imports.path)] : [])],
    problems,
  };
}

/** How callers of a connector's listeners prove themselves, before a listener says which header. */
const LISTENER: Verifier = { scheme: 'hmac', header: 'X-Hub-Signature-256' };

function readWebhook(verifier: Verifier, reading: Reading): Incoming['webhook'] {
  const { source, settings } = reading;
  const { webhookPath, authentication, importWebhookPath, maxBodyBytes } = source.incoming;
  const open = (guarded: Guarded | undefined): Incoming['webhook'] => guarded && { path: webhookPath ?? `/${source.type}/webhook`, authentication: guarded, maxBodyBytes };
  if (toldBefore('authentication', source)) return undefined;
  if (authentication !== undefined) return open(guard('authentication', { verifier, reading }));
  const importsOnly = importWebhookPath !== undefined && webhookPath === undefined;
  if (importsOnly) return undefined;
  if (settings.process.allowUnauthenticatedWebhooks) return open(standOpen('authentication', reading));
  if (source.form === 'pipeline') tellMissing('authentication', reading);
  else if (webhookPath !== undefined) {
    const message = `${source.settingsPath}.authentication is missing: the webhook stays closed`;
    reading.tell('webhookPath', { code: 'AUTH_REQUIRED', severity: 'warning', message, remedy: 'write authentication: { secret: { fromEnv: NAME } }, or remove webhookPath' });
  }
  return undefined;
}

/** Sources that listen to a queue have no webhook: their `webhookPath` starts an import. */
function readImport(integration: Integration, reading: Reading): { readonly path: string; readonly authentication: Guarded; readonly key: 'webhookPath' | 'importWebhookPath' } | undefined {
  const { source, settings, tell } = reading;
  const { incoming: given } = source;
  const key = !integration.live?.verify && integration.listen && given.webhookPath !== undefined ? 'webhookPath' : 'importWebhookPath';
  const [guardedBy, path] = key === 'webhookPath' ? (['authentication', given.webhookPath] as const) : (['importAuthentication', given.importWebhookPath] as const);
  if (!integration.live?.verify && !integration.listen) {
    for (const unused of ['webhookPath', 'authentication'] as const) {
      // Listeners of a connector open routes of their own, for who proves himself so.
      if (given[unused] === undefined || (unused === 'authentication' && integration.connector)) continue;
      tell(unused, { code: 'CONFIG_INVALID', message: `${source.type} takes no webhooks`, remedy: 'remove it; importWebhookPath and importAuthentication open a route that starts a resync' });
    }
  }
  if (key === 'webhookPath' && given.importWebhookPath !== undefined) tell('importWebhookPath', { code: 'CONFIG_TYPE', message: 'webhookPath starts an import here already', remedy: 'remove one of them' });
  if (given.importAuthentication !== undefined && given.importWebhookPath === undefined) {
    const message = `${source.settingsPath}.importAuthentication has no effect without importWebhookPath`;
    tell('importAuthentication', { code: 'CONFIG_INVALID', severity: 'warning', message, remedy: 'add importWebhookPath, or remove it' });
  }
  if (path === undefined || toldBefore(guardedBy, source)) return undefined;
  if (given[guardedBy] === undefined && !settings.process.allowUnauthenticatedWebhooks) {
    tellMissing(guardedBy, reading);
    return undefined;
  }
  const authentication = given[guardedBy] === undefined ? standOpen(guardedBy, reading) : guard(guardedBy, { verifier: importVerifier, reading });
  return authentication && { path, authentication, key };
}

type GuardKey = 'authentication' | 'importAuthentication';

/** Was it refused when it was read? Then it is no second problem that it is not there. */
const toldBefore = (key: GuardKey, { problems, settingsPath }: EntrySource): boolean => problems.some((problem) => isError(problem) && (problem.path === `${settingsPath}.${key}` || problem.path.startsWith(`${settingsPath}.${key}.`)));

function tellMissing(key: GuardKey, { source, tell }: Reading): void {
  const message = `${source.settingsPath}.${key} is missing: anyone could call the ${key === 'authentication' ? 'webhook' : 'import'}`;
  tell(key, { code: 'AUTH_REQUIRED', message, remedy: `write ${key}: { secret: { fromEnv: NAME } }, or none` });
}

function standOpen(key: GuardKey, { source, tell }: Reading): 'none' {
  const message = `${source.settingsPath}.${key} is none: everyone can call this ${key === 'authentication' ? 'webhook' : 'import'}`;
  tell(key, { code: 'AUTH_REQUIRED', severity: 'warning', message, remedy: 'name a secret' });
  return 'none';
}

/** What is written, by the rules of the scheme. */
function guard(key: GuardKey, { verifier, reading }: { readonly verifier: Verifier; readonly reading: Reading }): Guarded | undefined {
  const { source, tell } = reading;
  const given = source.incoming[key];
  if (given === undefined) return undefined;
  if (given === 'none') return standOpen(key, reading);
  const { secret, token, headerName, username } = given;
  const isToken = verifier.scheme === 'token';
  const isBasic = verifier.scheme === 'basic';
  const unknown = (name: string, remedy: string): void =>
    tell(`${key}.${name}`, { code: 'CONFIG_UNKNOWN_KEY', severity: source.lenient ? 'warning' : 'error', message: `unknown key '${name}' in ${source.settingsPath}.${key} of ${source.type}`, remedy });
  if (token !== undefined && !isToken) unknown('token', "did you mean 'secret'?");
  if (token !== undefined && secret !== undefined && isToken) {
    tell(`${key}.token`, { code: 'CONFIG_TYPE', message: `${source.settingsPath}.${key}.token says again what ${source.settingsPath}.${key}.secret says`, remedy: 'remove one of them' });
  }
  if (headerName !== undefined && verifier.fixedHeader) {
    tell(`${key}.headerName`, { code: 'CONFIG_UNKNOWN_KEY', severity: 'warning', message: `${source.settingsPath}.${key}.headerName has no effect: ${source.type} always signs in ${verifier.header}`, remedy: 'remove it' });
  }
  if (username !== undefined && !isBasic) unknown('username', 'remove it');
  if (username === undefined && isBasic) tell(`${key}.username`, { code: 'CONFIG_REQUIRED', message: `${source.settingsPath}.${key}.username is missing`, remedy: 'add it: user of basic authentication' });
  const secrets = secret ?? (isToken ? token : undefined);
  if (secrets === undefined) {
    tell(`${key}.secret`, { code: 'CONFIG_REQUIRED', message: `${source.settingsPath}.${key}.secret is missing`, remedy: 'add it: one secret, or up to three of which any is accepted' });
    return undefined;
  }
  return { secret: secrets, ...(headerName !== undefined && { headerName }), ...(isBasic && username !== undefined && { username }) };
}
