import { auditMessages, components, createAuditLog, type AuditPlace, type AuditRecord, type AuditStore, type MessageDefinition } from '..';
import { handClock, type HandClock } from '../../../test/flow/hand-clock';
import { makeRecord } from './make-record';

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
      let after: AuditPlace | undefined;
      do {
        const page = await store.query({ limit: 4, integration: 'even', ...(after && { after }) });
        expect(page.records.length).toBeLessThanOrEqual(4);
        seen.push(...guids(page.records));
        after = page.next;
      } while (after);
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

    it('expires what is older, the oldest first, as many as it is told', async () => {
      expect(await store.expire(START + 4 * HOUR, 3)).toBe(3);
      expect(guids((await store.query({ limit: 100 })).records)).toEqual(newestFirst((_, index) => index >= 3));
      expect(await store.expire(START + 4 * HOUR, 3)).toBe(1);
      expect(await store.expire(START + 4 * HOUR, 3)).toBe(0);
      expect(guids((await store.query({ limit: 100 })).records)).toEqual(newestFirst((_, index) => index >= 4));
    });

    it('orders by time, and within a millisecond by guid, also where the clock of the process went back; a page may end anywhere', async () => {
      const at = (guid: string, second: number): AuditRecord => makeRecord('INFO', { guid, timeStamp: new Date(START + 24 * HOUR + second * 1_000).toISOString(), connector: 'clock' });
      await store.append([at('3', 5), at('1', 5), at('4', 2), at('5', 5), at('2', 7)]);
      for (let limit = 1; limit <= 5; limit++) {
        const seen: string[] = [];
        let after: AuditPlace | undefined;
        do {
          const page = await store.query({ limit, integration: 'clock', severity: ['INFO', 'ERROR'], ...(after && { after }) });
          seen.push(...guids(page.records));
          after = page.next;
        } while (after);
        expect(seen).toEqual(['2', '5', '3', '1', '4']);
      }
    });

    it('keeps whatever a record holds', async () => {
      const hostile = ['a\0b', '\ud800', 'a.b', '$c', '', '__proto__ ', '\u2028', 'ü'.repeat(3_000)];
      const record = makeRecord('ACTION', {
        timeStamp: new Date(START + 48 * HOUR).toISOString(),
        connector: 'a\0\ud800.$',
        messageText: hostile.join(),
        messageParameters: Object.fromEntries(hostile.map((text) => [text, text])),
        additionalInformation: hostile,
        exception: { class: 'Error', message: hostile.join(), stack: 'x'.repeat(16_384) },
      });
      await store.append([record]);
      expect(await store.query({ limit: 1 })).toMatchObject({ records: [record] });
      expect((await store.query({ limit: 10, integration: 'a\0\ud800.$' })).records).toEqual([record]);
    });

    it('finds nothing of what was never said', async () => {
      for (const query of [{ component: 'NOBODY' }, { integration: 'nobody' }, { messageId: 'NOTHING-0001' }, { severity: ['TYPES'] as const }]) expect(await store.query({ limit: 10, ...query })).toEqual({ records: [], next: undefined });
    });
  });
}
