import { auditStoreContract } from '../../src/audit/test/audit-store-contract';
import { makeRecord } from '../../src/audit/test/make-record';
import type { Store } from '../../src/store';
import { acceptContract } from './contract/accept';
import { anchorsContract } from './contract/anchors';
import { catalogContract } from './contract/catalog';
import { claimsContract } from './contract/claims';
import { documentsContract } from './contract/documents';
import { eventsContract } from './contract/events';
import { mapped, newScope, page, present, rewrite, rowOf, type OpenStore } from './contract/fixtures';
import { headersContract } from './contract/headers';
import { rewriteContract } from './contract/outputs';
import { pipelinesContract } from './contract/pipelines';
import { provenanceContract } from './contract/provenance';
import { rowsContract } from './contract/rows';
import { settleContract } from './contract/settle';
import { sweepContract } from './contract/sweep';

/** Every operation of a store, for every store: registers the tests. One store serves them all, each test in scopes of its own. */
export function storeContract(name: string, open: () => Promise<OpenStore>): void {
  describe(`${name}: the store contract`, () => {
    let opened: OpenStore;
    const subject = { store: undefined as unknown as Store };
    beforeAll(async () => {
      opened = await open();
      subject.store = opened.store;
    });
    afterAll(() => opened.close());

    describe('documents', () => documentsContract(subject));
    describe('rows', () => rowsContract(subject));
    describe('claims', () => claimsContract(subject));
    describe('headers', () => headersContract(subject));
    describe('anchors', () => anchorsContract(subject));
    describe('provenance', () => provenanceContract(subject));
    describe('sweep and expiry', () => sweepContract(subject));
    describe('rewriting outputs', () => rewriteContract(subject));
    describe('settling outputs', () => settleContract(subject));
    describe('several pipelines', () => pipelinesContract(subject));
    describe('events', () => eventsContract(subject));
    describe('accepting deliveries', () => acceptContract(subject));
    describe('catalog', () => catalogContract(subject));
    auditStoreContract(name, async () => {
      while ((await subject.store.audit.expire(Number.MAX_SAFE_INTEGER, 1_000)) > 0);
      return subject.store.audit;
    });

    test('it answers, and tells who holds it', async () => {
      await subject.store.ping();
      await subject.store.ownership.announce('http://127.0.0.1:4711');
      expect(await subject.store.ownership.holder()).toEqual({ pid: process.pid, url: 'http://127.0.0.1:4711', startedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string });
      expect(subject.store.ownership.held.aborted).toBe(false);
    });

    test('everything is there after it was closed and opened again', async () => {
      const scope = newScope();
      const rev = await subject.store.documents.insert('state', { _id: `${scope.integration}/flag` });
      await subject.store.rows.observe(page(scope, [present('a', 1)]));
      const { dirty } = await subject.store.outputs.rewrite(rewrite(scope, [mapped(scope, { key: 'a', face: present('a', 1).hash }, [{ identifier: 'a', properties: {} }])]));
      const row = await rowOf(subject.store, scope, 'a');
      const record = makeRecord('INFO', { connector: scope.integration });
      await subject.store.audit.append([record]);
      subject.store = await opened.reopen();
      expect((await subject.store.audit.query({ integration: scope.integration, limit: 10 })).records).toEqual([record]);
      expect(await subject.store.documents.get('state', `${scope.integration}/flag`)).toEqual({ _id: `${scope.integration}/flag`, rev });
      expect(await rowOf(subject.store, scope, 'a')).toEqual(row);
      expect(await subject.store.outputs.get([dirty[0]!._id])).toEqual(dirty);
      // Numbers and names go on where they were.
      await subject.store.rows.observe(page(scope, [present('b', 1)], { partition: 'new' }));
      expect(await rowOf(subject.store, scope, 'b')).toMatchObject({ partition: 'new' });
      expect(await rowOf(subject.store, scope, 'a')).toEqual(row);
    });
  });
}
