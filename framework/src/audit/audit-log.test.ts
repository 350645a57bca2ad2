import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { auditMessages, components, createAuditLog, QUEUE_LIMIT, type AuditLogOptions, type AuditRecord, type Destination, type MessageDefinition, type RootAuditLog } from '.';
import { handClock, type HandClock } from '../../test/flow/hand-clock';
import { Secret } from '../contract';
import { withhold } from '../shared';

const SECRET = 's3cret-value';
const MINUTE = 60_000;
const { runtime, audit } = auditMessages;

/** A destination that a test can break, or let stand still. */
function list(name: string): Destination & { readonly records: AuditRecord[]; fault?: Error | undefined; hold?: Promise<void> | undefined; calls: number } {
  const self = {
    name,
    records: [] as AuditRecord[],
    calls: 0,
    fault: undefined as Error | undefined,
    hold: undefined as Promise<void> | undefined,
    accepts: (severity: string) => severity !== 'TRACE',
    async write(records: readonly AuditRecord[]) {
      self.calls++;
      await self.hold;
      if (self.fault) throw self.fault;
      self.records.push(...records);
    },
  };
  return self;
}

function open(destinations: readonly Destination[], more: Partial<AuditLogOptions> = {}): { log: RootAuditLog; clock: HandClock } {
  const clock = handClock(Date.UTC(2026, 0, 1));
  const originator = { server: 'catalog-1', type: 'Integration Framework', organisation: 'Example' };
  return { clock, log: createAuditLog({ component: components.runtime, originator, destinations, clock, redact: (text) => withhold(text, [SECRET]), ...more }) };
}

/** Lets what is due happen: everything here is promises, no I/O. */
const turn = (): Promise<void> => new Promise((go) => setImmediate(go));
const ids = (records: readonly AuditRecord[]): string[] => records.map(({ messageId }) => messageId);
const started = { connectorName: 'sales', methodName: 'start' };

const counted = { id: 'TEST-0001', severity: 'INFO', message: '{connectorName} took {elapsedMs} ms: {counts}', systemAction: 'It works since {since}.', userAction: 'none' } as const satisfies MessageDefinition;

describe('a record', () => {
  it('has every part', async () => {
    const to = list('list');
    const { log } = open([to]);
    log.child(components.run, { connector: 'sales', instanceId: 'i-1' }).child(components.run, { runId: 'r-1' }).log('refresh', counted, { connectorName: 'sales', elapsedMs: 12, counts: { created: 1n }, since: new Date(0) }, ['first page', { rows: 7 }]);
    await log.flush();
    expect(to.records).toEqual([
      {
        guid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/) as string,
        timeStamp: '2026-01-01T00:00:00.000Z',
        originator: { server: 'catalog-1', type: 'Integration Framework', organisation: 'Example' },
        component: components.run,
        actionDescription: 'refresh',
        connector: 'sales',
        instanceId: 'i-1',
        runId: 'r-1',
        severityCode: 1,
        severity: 'INFO',
        messageId: 'TEST-0001',
        messageText: 'sales took 12 ms: {"created":"1"}',
        messageParameters: { connectorName: 'sales', elapsedMs: 12, counts: '{"created":"1"}', since: '1970-01-01T00:00:00.000Z' },
        additionalInformation: ['first page', '{"rows":7}'],
        systemAction: 'It works since 1970-01-01T00:00:00.000Z.',
        userAction: 'none',
      },
    ]);
  });

  it('of an exception has class, message and stack, and no secret anywhere', async () => {
    const to = list('list');
    const { log } = open([to]);
    const parameters = { connectorName: 'sales', methodName: new Secret(SECRET), reason: new Error(`no ${SECRET}`), attempt: SECRET };
    log.logException(`with ${SECRET}`, runtime.methodFailed, parameters, new Error(`at ${SECRET}`, { cause: new Error(SECRET) }));
    log.log('x', runtime.stepBegins, started, [SECRET, { [SECRET]: new Secret(SECRET) }]);
    await log.flush();
    expect(to.records[0]!.exception).toMatchObject({ class: 'Error', message: 'at [redacted]', stack: expect.stringContaining('caused by: Error: [redacted]') as string });
    expect(to.records[0]!.messageText).toBe('Method [redacted] of sales failed in attempt [redacted]: Error: no [redacted]');
    expect(JSON.stringify(to.records)).not.toContain(SECRET);
  });

  it('sorts by guid in the order in which it was made, also within a millisecond and when the clock goes back', async () => {
    const to = list('list');
    const { log, clock } = open([to]);
    for (let at = 0; at < 9_000; at++) {
      log.log('x', runtime.stepBegins, started);
      if (at === 4_500) clock.advance(-10 * MINUTE);
    }
    await log.flush();
    const guids = to.records.map(({ guid }) => guid);
    expect(guids).toEqual([...new Set(guids)].sort());
    expect(guids).toHaveLength(9_000);
  });

  it('whatever its parameters hold: is made, is JSON, is short, has no secret', async () => {
    const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const values = [fc.constantFrom<unknown>(cyclic, SECRET, new Secret(SECRET), 2n ** 100n, 'x'.repeat(70_000), `{reason}`, new Map([[cyclic, SECRET]])), fc.string({ unit: 'binary' })];
    const anything = fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true, withTypedArray: true, values });
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 5, maxLength: 5 }), async ([connectorName, methodName, reason, attempt, more]) => {
        const to = list('list');
        const { log } = open([to]);
        const parameters = { connectorName, methodName, reason, attempt };
        log.logException('x', runtime.methodFailed as MessageDefinition, parameters as Readonly<Record<string, string>>, more);
        log.log('x', runtime.methodFailed as MessageDefinition, parameters as Readonly<Record<string, string>>, [more]);
        await log.flush();
        expect(ids(to.records)).toEqual(['INTEGRATION-RUNTIME-0031', 'INTEGRATION-RUNTIME-0031']);
        for (const record of to.records) {
          const text = JSON.stringify(record);
          expect(JSON.parse(text)).toEqual(record);
          expect(text.length).toBeLessThan(300_000);
          expect(text).not.toContain(SECRET);
        }
      }),
      { seed, numRuns: 200 },
    );
  });
});

describe('a caller is never harmed', () => {
  it('by what it gives: a record that cannot be made is told', async () => {
    const to = list('list');
    const { log } = open([to]);
    const say = log.log as (...given: unknown[]) => void;
    say('x', undefined, {});
    say('x', { ...runtime.stepBegins, message: undefined }, {});
    say('x', runtime.stepBegins, undefined);
    say('x', runtime.stepBegins, new Proxy({}, { ownKeys: () => { throw new Error('no keys'); } }));
    say('x', runtime.stepBegins, { ...started, get extra() { throw new Error('no value'); } });
    say('x', { ...runtime.stepBegins, severity: 'LOUD' }, started);
    await log.flush();
    expect(ids(to.records)).toEqual([audit.recordFailed.id, audit.recordFailed.id, runtime.stepBegins.id, audit.recordFailed.id, runtime.stepBegins.id, runtime.stepBegins.id]);
    expect(to.records[4]!.messageParameters['extra']).toBe('[unreadable]');
    expect(to.records.at(-1)).toMatchObject({ severity: 'UNKNOWN', severityCode: 0 });
    expect(to.records[3]!.exception?.message).toBe('no keys');
  });

  it('by a redactor or a clock that throws', async () => {
    const to = list('list');
    const broken = (): never => {
      throw new Error('broken');
    };
    const first = open([to], { redact: broken }).log;
    first.log('x', runtime.stepBegins, started);
    await first.flush();
    expect(to.records[0]).toMatchObject({ messageParameters: { connectorName: '[unreadable]', methodName: '[unreadable]' }, messageText: '[unreadable]' });
    const second = open([to], { clock: { ...handClock(), now: broken } }).log;
    second.log('x', runtime.stepBegins, started);
    await second.flush();
    expect(to.records).toHaveLength(1);
  });

  it('by a destination that throws at once: it is not called in the turn of the caller', async () => {
    const to = list('list');
    let calls = 0;
    const bad: Destination = { name: 'bad', accepts: () => true, write: () => { calls++; throw new Error('at once'); } };
    const { log } = open([bad, to]);
    log.log('x', runtime.stepBegins, started);
    expect(calls).toBe(0);
    await turn();
    expect(calls).toBe(1);
    expect(ids(to.records)).toEqual([runtime.stepBegins.id, audit.destinationFailing.id]);
    await log.close();
  });
});

it('report counts by severity and component, as a tree, also what no destination takes', () => {
  const { log } = open([list('list')]);
  for (let instance = 0; instance < 3; instance++) {
    const of = log.child(components.context, { connector: 'sales', instanceId: `i-${instance}` });
    of.log('x', runtime.stepBegins, started);
    of.child(components.context, { runId: 'r' }).log('x', runtime.engageReturned, { connectorName: 'sales' });
    of.child(components.run).logException('x', runtime.strayError, { connectorName: 'sales', reason: 'r' }, new Error('r'));
  }
  log.log('x', runtime.noConnectors, {});
  const { children, ...own } = log.report();
  expect(own).toEqual({ component: 'INTEGRATION-RUNTIME', counts: { INFO: 1 } });
  expect(children.filter(({ component }) => component !== 'AUDIT-LOG')).toEqual([
    { component: 'INTEGRATION-CONTEXT', counts: { STARTUP: 3, TRACE: 3 }, children: [{ component: 'INTEGRATION-RUN', counts: { EXCEPTION: 3 }, children: [] }] },
  ]);
});

describe('destinations', () => {
  it('one that cannot write stops nothing: the others tell it once a minute, it is tried again, and gets what waited, in order', async () => {
    const [bad, good] = [list('bad'), list('good')];
    const { log, clock } = open([bad, good]);
    bad.fault = new Error(`disk full at ${SECRET}`);
    for (let minute = 0; minute < 5; minute++) {
      for (let second = 0; second < 60; second++) {
        if (second % 20 === 0) log.log('x', runtime.stepBegins, started);
        await turn();
        clock.advance(1_000);
      }
    }
    await turn();
    const told = good.records.filter(({ messageId }) => messageId === audit.destinationFailing.id);
    expect(told.map(({ timeStamp }) => timeStamp.slice(14, 16))).toEqual(['00', '01', '02', '03', '04', '05']);
    expect(told.at(-1)!.messageText).toMatch(/^The audit destination bad cannot write since 2026-01-01T00:00:00.000Z, in \d+ attempts: Error: disk full at \[redacted\]$/);
    expect(good.records.filter(({ messageId }) => messageId === runtime.stepBegins.id)).toHaveLength(15);
    expect(bad.calls).toBeGreaterThan(6);
    expect(log.destinations()[0]).toMatchObject({ destination: 'bad', written: 0, lost: 0, failingSince: Date.UTC(2026, 0, 1) });

    bad.fault = undefined;
    clock.advance(MINUTE);
    await turn();
    await log.flush();
    expect(ids(bad.records)).toEqual([...Array<string>(15).fill(runtime.stepBegins.id), audit.destinationRecovered.id]);
    expect(good.records.at(-1)!.messageId).toBe(audit.destinationRecovered.id);
    expect(log.destinations()[0]).toEqual({ destination: 'bad', written: 16, lost: 0 });
    await log.close();
  });

  it('of one that stands still the oldest records give way: counted, and told once a minute; the others get everything', async () => {
    const [slow, good] = [list('slow'), list('good')];
    const { log, clock } = open([slow, good]);
    let go = (): void => undefined;
    slow.hold = new Promise((resolve) => (go = resolve));
    const count = QUEUE_LIMIT + 1_500;
    for (let at = 0; at < count; at++) {
      log.log('x', runtime.stepBegins, { connectorName: at, methodName: 'start' });
      if (at % 1_000 === 999) await turn();
    }
    await turn();
    const lost = (): unknown[] => good.records.filter(({ messageId }) => messageId === audit.recordsLost.id).map(({ messageParameters }) => messageParameters['count']);
    // 500 are with the destination; the report of the loss took a place itself.
    expect(lost().reduce((sum: number, part) => sum + Number(part), 0)).toBeLessThanOrEqual(1_000);
    expect(lost()).toHaveLength(1);
    clock.advance(MINUTE);
    await turn();
    expect(lost()).toHaveLength(2);
    const total = log.destinations()[0]!.lost;
    expect(good.records.filter(({ messageId }) => messageId === runtime.stepBegins.id).map(({ messageParameters }) => messageParameters['connectorName'])).toEqual(Array.from({ length: count }, (_, at) => at));

    slow.hold = undefined;
    go();
    await turn();
    const numbers = slow.records.filter(({ messageId }) => messageId === runtime.stepBegins.id).map(({ messageParameters }) => Number(messageParameters['connectorName']));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(count - 1);
    expect(numbers.length + total).toBe(count);
    expect(total).toBe(1_000 + 2);
    await log.close();
  });

  it('a burst in one turn that is larger than the queue keeps the newest', async () => {
    const to = list('list');
    const { log } = open([to]);
    for (let at = 0; at < QUEUE_LIMIT + 10; at++) log.log('x', runtime.stepBegins, { connectorName: at, methodName: 'start' });
    await log.flush();
    const numbers = to.records.filter(({ messageId }) => messageId === runtime.stepBegins.id).map(({ messageParameters }) => messageParameters['connectorName']);
    expect(numbers.at(-1)).toBe(QUEUE_LIMIT + 9);
    expect(numbers.length + log.destinations()[0]!.lost).toBe(QUEUE_LIMIT + 10);
    expect(ids(to.records)).toContain(audit.recordsLost.id);
    await log.close();
  });

  it('flush does not wait for one that fails', async () => {
    const [bad, good] = [list('bad'), list('good')];
    bad.fault = new Error('no');
    const { log } = open([bad, good]);
    log.log('x', runtime.stepBegins, started);
    await log.flush();
    await log.flush();
    expect(ids(good.records)).toContain(runtime.stepBegins.id);
    await log.close();
  });
});

describe('close', () => {
  it('gives each one last try, closes it, and takes nothing more', async () => {
    const [bad, good] = [list('bad'), list('good')];
    let closed = 0;
    const { log } = open([{ ...good, close: async () => void closed++ }, bad]);
    bad.fault = new Error('no');
    log.log('x', runtime.stepBegins, started);
    await turn();
    expect(bad.calls).toBe(1);
    bad.fault = undefined;
    await log.close();
    expect(ids(bad.records)).toContain(runtime.stepBegins.id);
    expect(closed).toBe(1);
    const { calls } = bad;
    log.log('x', runtime.stepBegins, started);
    await log.flush();
    await log.close();
    expect({ calls: bad.calls, closed }).toEqual({ calls, closed: 1 });
  });

  it('does not try one that still fails again and again', async () => {
    const bad = list('bad');
    const { log } = open([bad]);
    bad.fault = new Error('no');
    log.log('x', runtime.stepBegins, started);
    await turn();
    await log.close();
    expect(bad.calls).toBe(2);
  });

  it('waits 5 s for one that does not answer, and no longer', async () => {
    const stuck = list('stuck');
    const { log, clock } = open([stuck]);
    stuck.hold = new Promise(() => undefined);
    log.log('x', runtime.stepBegins, started);
    await turn();
    let ended = false;
    const end = log.close().then(() => (ended = true));
    clock.advance(4_999);
    await turn();
    expect(ended).toBe(false);
    clock.advance(1);
    await end;
    expect(stuck.calls).toBe(1);
  });
});
