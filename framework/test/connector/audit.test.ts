import type { AuditRecord } from '../../src/audit';
import { until } from '../e2e/until';
import { asset, startStage, type Stage } from './stage';

describe('the audit log of a connector that runs', () => {
  let stage: Stage;
  beforeAll(async () => {
    const component = { id: 1_007, name: 'SALES-TEST', description: 'reads databases', wikiUrl: 'docs/x.md', status: 'SAMPLE' } as const;
    stage = await startStage([{ identifier: 'sales', services: ['database'], elements: new Map([['database', [asset('orders')]]]), integration: { component } }]);
  });
  afterAll(() => stage?.stop());

  it('has its steps and refreshes, each with component, connector, instance and run', async () => {
    const run = await stage.run('sales');
    const records = await until('the refresh is told', async () => {
      const { body } = await stage.call('GET', '/api/v1/audit?integration=sales&component=SALES-TEST&limit=1000');
      const found = [...(body['records'] as AuditRecord[])].reverse();
      return found.some(({ messageId, runId }) => messageId === 'INTEGRATION-RUNTIME-0043' && runId === run.runId) && found;
    });
    const steps = records.filter(({ messageId }) => messageId === 'INTEGRATION-RUNTIME-0101').map(({ messageParameters }) => messageParameters['methodName']);
    expect(steps.slice(0, 5)).toEqual(['initialize', 'setAuditLog', 'setConnectorName', 'setContext', 'start']);
    expect(new Set(records.map(({ instanceId }) => instanceId)).size).toBe(1);
    expect(records.map(({ severity }) => severity)).toEqual(expect.arrayContaining(['STARTUP', 'DECISION', 'INFO']));
    expect(records.every(({ component }) => component.id === 1_007)).toBe(true);
  });
});
