import { invalid, ok, Refusal } from './envelope';
import { ORGANIZATION, type Parts } from './parts';
import { bodyObject } from './read-query';
import type { Route } from './router';

/** E1 to E5: token, organization, what a client asks before it registers. */
export function organizationRoutes(parts: Parts): readonly Route[] {
  const { tokens, featureFlags, kafka } = parts;
  return [
    {
      method: 'POST',
      path: '/auth/access_token',
      open: true,
      answer(call) {
        const { clientId, clientSecret } = bodyObject(call, ['clientId', 'clientSecret']);
        if (typeof clientId !== 'string') throw invalid('clientId', 'must be a string');
        if (typeof clientSecret !== 'string') throw invalid('clientSecret', 'must be a string');
        const token = tokens.mint(clientId, clientSecret);
        if (!token) throw new Refusal(401, 'unauthorized', { message: 'clientId and clientSecret were refused' });
        return ok({ ...token, tokenType: 'Bearer' });
      },
    },
    { method: 'GET', path: '/organization', answer: () => ok({ organization: { id: ORGANIZATION, name: ORGANIZATION, featureFlags, isBlocked: false } }) },
    {
      method: 'PATCH',
      path: '/organization',
      answer(call) {
        bodyObject(call); // the only setting that is sent chooses a streamer, and this portal serves both
        return ok();
      },
    },
    { method: 'GET', path: '/kafka-credentials', answer: () => ok(kafka ? { credentials: kafka } : {}) },
    // No type: defaults are the client's to create.
    { method: 'GET', path: '/integration/provision-enabled', answer: () => ok({ integrations: [] }) },
  ];
}
