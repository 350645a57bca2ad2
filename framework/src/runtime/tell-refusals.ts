import { auditMessages, components, type AuditLog } from '../audit';
import type { Refusal } from '../ops';
import type { Clock } from '../shared';

/** Of one door this far apart at least: whoever knocks at it all the time must not fill the audit log. */
const EVERY_MS = 60_000;

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
  /** How many came since the door was last spoken of. */
  const doors = new Map<string, number>();

  function damped(door: string, say: (information: readonly string[]) => void): void {
    const more = doors.get(door);
    if (more !== undefined) return void doors.set(door, more + 1);
    doors.set(door, 0);
    say([]);
    void watch(door, say);
  }

  async function watch(door: string, say: (information: readonly string[]) => void): Promise<void> {
    for (let more = 1; more > 0; ) {
      await clock.sleep(EVERY_MS, signal).catch(() => undefined);
      more = doors.get(door) ?? 0;
      if (more > 0) say([`${more} more since the last record of this route`]);
      doors.set(door, 0);
      // What still comes while the process stops is counted and no more.
      if (signal.aborted) return;
    }
    doors.delete(door);
  }

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
