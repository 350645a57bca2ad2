import { eventCatalogue } from '@integration-framework/framework';

const project = ['tenantId*=payload.tenantId', 'projectId*=payload.projectId'];

export const live = eventCatalogue({
  verify: { scheme: 'suffix-hash', header: 'X-Mia-Signature', fixedHeader: true },
  eventType: [{ member: 'eventName' }],
  at: 'eventTimestamp',
  rules: [
    { kind: 'project', write: ['project_created'], keys: project },
    { kind: 'service', write: ['service_created'], keys: [...project, 'serviceName*=payload.serviceName'] },
    { kind: 'configuration', write: ['configuration_saved'], keys: [...project, 'revisionName*=payload.revisionName'] },
    { kind: 'tag', write: ['tag_created'], keys: [...project, 'tagName*=payload.tagName'] },
  ],
});
