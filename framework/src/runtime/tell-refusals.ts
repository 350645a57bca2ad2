import { auditMessages, components, type AuditLog } from '../audit';
import type { Refusal } from '../ops';
import type { Clock } from '../shared';
import { damp } from './damp';

const { access } = auditMessages;

/** Calls that were refused. Of one door the first is said at once, those of each minute after it as one record with their number. */
export interface Refusals {
  /** A call of an operator's route, or of a trigger's. */
  request(refusal: Refusal): void;
  /** A delivery of a vendor. `route` is one that an entry opens. */
  delivery(refusal: { readonly integration: string; readonly route: string }): void;
}

export function tellRefusals(of: { readonly audit: AuditLog; readonly clock: Clock; readonly signal: AbortSignal }): Refusals {
  const { clock, signal } = of;
  const audit = of.audit.child(components.access);
  const damped = damp({ clock, signal, ofWhat: 'this route' });

  return {
    request({ method, route, reason, from }) {
      damped(`${method} ${route}`, (more) => audit.log('check the caller', access.requestRefused, { httpMethod: method, route, reason }, [...(from === undefined ? [] : [`from ${from}`]), ...more]));
    },
    delivery({ integration, route }) {
      const own = audit.child(components.access, { connector: integration });
      damped(route, (more) => own.log('check the sender', access.deliveryRefused, { connectorName: integration, route, reason: 'invalid or missing credentials' }, more));
    },
  };
}
