import type { Kind } from '@integration-framework/framework';
import { idOf, type JiraObject } from '../client';
import type { JiraSettings } from '../settings';

/** Kinds that are never listed: what webhooks tell is all that is known of them. The time of the delivery orders it. */
export const told: readonly Kind<JiraSettings, JiraObject>[] = ['issue-link', 'version', 'comment', 'worklog'].map((name) => ({ name, key: (row) => [idOf(row)] }));
