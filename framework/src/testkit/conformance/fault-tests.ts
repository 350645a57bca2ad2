import { inspect } from 'node:util';
import { FrameworkError, Secret, type AnyKind } from '../../contract';
import { allRows } from '../read-kind';
import type { Subject } from './subject';

/** What a source with HTTP has to take. */
export function faultTests(subject: Subject, kind: AnyKind<unknown>): void {
  const { integration } = subject;
  const run = (retries?: number) => {
    const { context, clock } = subject.context(retries);
    const outcome = allRows({ integration, kind: kind.name, context }).then(
      (rows) => ({ rows, err: undefined }),
      (err: unknown) => ({ rows: undefined, err }),
    );
    return { outcome, clock, context };
  };

  test('reads no page before it is asked for', async () => {
    const { context } = subject.context();
    const [partition] = kind.partitions ? [] : [{ name: '' }];
    if (!partition || !kind.scan) return;
    const pages = kind.scan({ ...context, partition, selector: {} }, undefined)[Symbol.asyncIterator]();
    await pages.next();
    const sent = subject.source().requests.length;
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(subject.source().requests).toHaveLength(sent);
    await pages.return?.();
  });

  test('429 with Retry-After waits that long, then goes on', async () => {
    subject.source().fail({ status: 429, headers: { 'retry-after': '17' } });
    const { outcome, clock } = run();
    expect((await outcome).rows?.length).toBeGreaterThan(0);
    expect(clock.waits).toEqual([17_000]);
  });

  test('a 401 that passes is sent once more', async () => {
    subject.source().fail({ status: 401 });
    expect((await run().outcome).rows?.length).toBeGreaterThan(0);
  });

  test.each([401, 403])('a %d that stays is SOURCE_REFUSED, for the operator', async (status) => {
    subject.source().fail(() => ({ status }));
    const { err } = await run().outcome;
    expect(err).toBeInstanceOf(FrameworkError);
    expect(err).toMatchObject({ code: 'SOURCE_REFUSED', act: 'operator', recovery: 'stop' });
    expect(subject.source().requests.length).toBeLessThanOrEqual(2);
  });

  test('500 is tried again, then fails; no page is left out', async () => {
    subject.source().fail(() => ({ status: 500 }));
    const { err } = await run(2).outcome;
    expect(err).toMatchObject({ code: 'SOURCE_FAILED', status: 500 });
    expect(subject.source().requests).toHaveLength(3);
  });

  test('an answer of another shape fails the scan: it never reads as an empty list', async () => {
    for (const body of [{}, { message: 'maintenance' }, 'text', 5]) {
      subject.source().fail(() => ({ status: 200, body }));
      const { rows, err } = await run(0).outcome;
      expect({ body, rows, failed: err instanceof FrameworkError }).toEqual({ body, rows: undefined, failed: true });
    }
  });

  test('no secret shows in an error or a log line', async () => {
    const secrets = Object.values(subject.settings()).filter((value) => value instanceof Secret);
    const values = secrets.map((secret) => secret.reveal());
    let text = '';
    for (const status of [400, 401, 403, 404, 429, 500]) {
      subject.source().fail((request) => ({ status, body: { message: values.join(' '), sent: request.headers } }));
      const { outcome, context } = run(1);
      text += inspect((await outcome).err, { depth: 20 }) + context.log.lines.join('\n');
    }
    expect(secrets.length).toBeGreaterThan(0);
    for (const value of values) expect(text).not.toContain(value);
  });
}

/** What the check says. */
export function checkTests(subject: Subject): void {
  const { integration, options } = subject;
  if (!integration.check) return;
  test('check: says yes, in words, without harm', async () => {
    expect(await integration.check?.(subject.context().context)).toEqual({ ok: true, lines: expect.arrayContaining([expect.stringMatching(/\S/)]) as string[] });
    if (options.exchanges) expect(subject.source().requests.map(({ method }) => method)).not.toContain('DELETE');
  });

  if (!options.exchanges) return;
  test('check: fails on bad credentials, and says so', async () => {
    subject.source().fail(() => ({ status: 401 }));
    const report = await integration.check?.(subject.context().context);
    expect(report).toMatchObject({ ok: false, lines: [expect.stringContaining('refused our credentials')] });
  });
}
