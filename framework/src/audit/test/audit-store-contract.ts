import { auditMessages, components, createAuditLog, type AuditRecord, type AuditStore, type MessageDefinition } from '..';
import { handClock, type HandClock } from '../../../test/flow/hand-clock';

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

/** Records as the log makes them: one each hour, for two connectors in turn. */
async function someRecords(clock: HandClock): Promise<readonly AuditRecord[]> {
  const made: AuditRecord[] = [];
  const log = createAuditLog({
    component: components.runtime,
    originator: { server: 'test', type: 'Integration Framework', organisation: '' },
    destinations: [{ name: 'list', accepts: () => true, write: async (records) => void made.push(...records) }],
    clock,
    redact: (text) => text,
  });
  const definitions: readonly MessageDefinition[] = [auditMessages.runtime.paused, auditMessages.runtime.methodFailed, auditMessages.access.webhookOpen];
  for (let hour = 0; hour < 12; hour++) {
    const component = hour % 3 === 2 ? components.access : components.runtime;
    log.child(component, { connector: hour % 2 === 0 ? 'even' : 'odd' }).log('test', definitions[hour % 3]!, { connectorName: `c${hour}` });
    clock.advance(HOUR);
  }
  await log.flush();
  return made;
}

/** What every audit store promises. `open` gives an empty one. */
export function auditStoreContract(name: string, open: () => Promise<AuditStore> | AuditStore): void {
  describe(`${name} is an audit store`, () => {
    let store: AuditStore;
    let records: readonly AuditRecord[];
    const guids = (some: readonly AuditRecord[]): string[] => some.map(({ guid }) => guid);
    const newestFirst = (filter: (record: AuditRecord, index: number) => boolean): string[] => guids(records.filter(filter)).reverse();

    beforeEach(async () => {
      store = await open();
      records = await someRecords(handClock(START));
      await store.append(records.slice(0, 5));
      await store.append(records.slice(5));
    });

    it('gives records back whole, newest first', async () => {
      const { records: found, next } = await store.query({ limit: 100 });
      expect(found).toEqual([...records].reverse());
      expect(next).toBeUndefined();
    });

    it('takes the same records twice without harm', async () => {
      await store.append(records.slice(3, 9));
      expect(guids((await store.query({ limit: 100 })).records)).toEqual(newestFirst(() => true));
    });

    it('pages by cursor, within a filter too', async () => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.query({ limit: 4, integration: 'even', ...(cursor !== undefined && { cursor }) });
        expect(page.records.length).toBeLessThanOrEqual(4);
        seen.push(...guids(page.records));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).toEqual(newestFirst((record) => record.connector === 'even'));
    });

    it('filters by severities, component, integration, message and time', async () => {
      const find = async (query: Omit<Parameters<AuditStore['query']>[0], 'limit'>): Promise<string[]> => guids((await store.query({ ...query, limit: 100 })).records);
      expect(await find({ severity: ['ACTION', 'EXCEPTION'] })).toEqual(newestFirst((_, index) => index % 3 !== 0));
      expect(await find({ severity: [] })).toEqual([]);
      expect(await find({ component: 'ACCESS' })).toEqual(newestFirst((_, index) => index % 3 === 2));
      expect(await find({ integration: 'odd' })).toEqual(newestFirst((_, index) => index % 2 === 1));
      expect(await find({ messageId: 'INTEGRATION-RUNTIME-0113' })).toEqual(newestFirst((_, index) => index % 3 === 0));
      expect(await find({ from: START + 3 * HOUR, to: START + 6 * HOUR })).toEqual(newestFirst((_, index) => index >= 3 && index < 6));
      expect(await find({ integration: 'odd', severity: ['ACTION'], from: START + 6 * HOUR })).toEqual(newestFirst((_, index) => index === 11));
    });

    it('expires what is older', async () => {
      expect(await store.expire(START + 4 * HOUR)).toBe(4);
      expect(await store.expire(START + 4 * HOUR)).toBe(0);
      expect(guids((await store.query({ limit: 100 })).records)).toEqual(newestFirst((_, index) => index >= 4));
    });
  });
}
