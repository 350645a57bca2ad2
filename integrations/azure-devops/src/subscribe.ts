import { FrameworkError, SourceError, type Context, type Http, type JsonObject, type WebhookAddress } from '@integration-framework/framework';
import { call, objectAt, readPage, textAt } from './client';
import { EVENTS } from './live';
import { wellFormedProjects, type Project } from './projects';
import type { AzureDevOpsSettings } from './settings';

const SUBSCRIPTIONS = '/_apis/hooks/subscriptions';
const OURS = { publisherId: 'tfs', consumerId: 'webHooks', consumerActionId: 'httpRequest' };

/** What a hook has to say to be ours and of use. */
interface Wanted {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** A hook on probation is tried from time to time, and enabled again once we answer. */
const isEnabled = (hook: JsonObject): boolean => ['enabled', 'onProbation'].includes(textAt(hook, 'status'));

async function hooksTo(client: Http, url: string): Promise<readonly JsonObject[]> {
  const hooks: JsonObject[] = [];
  let token: string | undefined;
  do {
    const page = await readPage(client, { url: SUBSCRIPTIONS, query: OURS }, token);
    hooks.push(...page.rows.filter((hook) => textAt(objectAt(hook, 'consumerInputs'), 'url') === url));
    token = page.token;
  } while (token !== undefined);
  return hooks;
}

/** One hook: kept where it works; else a new one, and those that do not work go. */
async function ensureHook(client: Http, hooks: readonly JsonObject[], wanted: Wanted & { readonly event: string; readonly project: Project }): Promise<void> {
  const { event, project, url, username, password } = wanted;
  const known = hooks.filter((hook) => hook['eventType'] === event && textAt(objectAt(hook, 'publisherInputs'), 'projectId') === project.id);
  const works = (hook: JsonObject): boolean => isEnabled(hook) && textAt(objectAt(hook, 'consumerInputs'), 'basicAuthUsername') === username;
  if (!known.some(works)) {
    const credentials = password === '' ? {} : { basicAuthUsername: username, basicAuthPassword: password };
    const body = { ...OURS, eventType: event, publisherInputs: { projectId: project.id }, consumerInputs: { url, ...credentials } };
    await call(client, { method: 'POST', url: SUBSCRIPTIONS, body });
  }
  for (const hook of known) {
    if (!works(hook)) await call(client, { method: 'DELETE', url: `${SUBSCRIPTIONS}/${encodeURIComponent(textAt(hook, 'id'))}`, accept: [404] });
  }
}

/** The three hooks of each project. What fails in one project is told, and thrown once the others are done. */
export async function subscribe({ http, settings, log, signal }: Context<AzureDevOpsSettings>, webhook: WebhookAddress): Promise<void> {
  const { authentication, path } = webhook;
  const wanted: Wanted = {
    url: `${settings.webhookHost.replace(/\/+$/, '')}${path}`,
    username: authentication?.username ?? '',
    password: authentication?.secret.reveal() ?? '',
  };
  const hooks = await hooksTo(http, wanted.url);
  const failed: string[] = [];
  for await (const project of wellFormedProjects(http)) {
    try {
      for (const event of [...EVENTS.write, ...EVENTS.delete]) await ensureHook(http, hooks, { ...wanted, event, project });
    } catch (err) {
      if (signal.aborted || !(err instanceof FrameworkError)) throw err;
      failed.push(project.name);
      // It may repeat what it was given.
      const problem = wanted.password === '' ? err.message : err.message.replaceAll(wanted.password, '[redacted]');
      log.warn('the hooks of a project are not in place; they will be tried again', { project: project.name, problem });
    }
  }
  if (failed.length > 0) throw new SourceError(`hooks are not in place for ${failed.slice(0, 3).join(', ')}${failed.length > 3 ? ` and ${failed.length - 3} more` : ''}`, { recovery: 'retry' });
}
