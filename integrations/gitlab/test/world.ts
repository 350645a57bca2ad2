import type { World } from './fake-gitlab';
import { group, mergeRequest, pipeline, project, release } from './gitlab-data';

/** A group with a subgroup, a project without pipelines, and one of somebody else. */
export function newWorld(): World {
  const shop = project(11, 'acme/shop');
  const pay = project(12, 'acme/platform/pay', { description: null });
  const docs = project(13, 'acme/docs', { builds_access_level: 'disabled', archived: true });
  const other = project(14, 'acme-labs/shop');
  return {
    groups: [group(90, 'acme'), group(92, 'acme/platform')],
    projects: [shop, pay, docs, other],
    mergeRequests: [
      mergeRequest(shop, 1),
      mergeRequest(shop, 2, { state: 'merged', merged_at: '2026-01-05T10:00:00.000Z', labels: [] }),
      mergeRequest(shop, 3, { state: 'closed', closed_at: '2026-01-06T10:00:00.000Z', draft: true }),
      mergeRequest(pay, 1, { assignees: [], reviewers: [] }),
      mergeRequest(other, 1),
    ],
    pipelines: [pipeline(shop, 1), pipeline(shop, 2, { status: 'failed', name: null }), pipeline(shop, 3), pipeline(pay, 1), pipeline(other, 1)],
    releases: new Map([
      [11, [release(shop, 'v1.0', 1), release(shop, 'v1.1', 2), release(shop, 'rc/2', 3)]],
      [12, [release(pay, 'v1.0', 1)]],
    ]),
  };
}
