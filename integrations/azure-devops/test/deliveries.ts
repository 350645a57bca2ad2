import type { Delivery, JsonObject } from '@integration-framework/framework';

export const ID = '00000001-248b-4696-af34-0275c39cde98';

const project = { id: '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c', name: 'Shop front', url: 'https://dev.azure.com/acme/_apis/projects/6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c', state: 'wellFormed', revision: 41, visibility: 'private' };
const repository = { id: ID, name: 'web', url: `https://dev.azure.com/acme/_apis/git/repositories/${ID}`, project, defaultBranch: 'refs/heads/main', size: 728, remoteUrl: 'https://dev.azure.com/acme/Shop%20front/_git/web', isDisabled: false };
const initiatedBy = { displayName: 'Ann Author', id: '54d125f7-69f7-4191-904f-c5b96b6261c8', uniqueName: 'ann@example.com' };

const delivery = (eventType: string, resource: JsonObject): Delivery => ({
  headers: {},
  body: {
    subscriptionId: '9e6a8b15-2c3d-4f10-8a11-aa6b54d2c1f0',
    notificationId: 3,
    id: `a-${eventType}`,
    eventType,
    publisherId: 'tfs',
    message: { text: 'A repository changed.' },
    resource: { ...resource, initiatedBy, utcTimestamp: '2026-02-01T10:11:12.345Z' },
    resourceVersion: '1.0-preview.1',
    resourceContainers: { collection: { id: 'c12d0eb8-e382-443b-9f9c-c52cba5014c2' }, project: { id: project.id } },
    createdDate: '2026-02-01T10:11:13.345Z',
  },
});

/** One delivery of each event, in the shapes of Azure DevOps' documentation. */
export const deliveries: readonly Delivery[] = [
  delivery('git.repo.created', { repository }),
  delivery('git.repo.renamed', { oldName: 'shop', newName: 'web', repository }),
  delivery('git.repo.deleted', { project, repositoryId: ID, repositoryName: 'web', isHardDelete: false }),
];
