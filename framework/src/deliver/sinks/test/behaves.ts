import type { DocumentItem, DocumentSink, SinkType } from '../../sink';
import { deleted, NEVER, OPTIONS, place, written } from './items';
import { blackHole, closedPort, until } from './loopback';

export interface Behaviour {
  readonly type: SinkType;
  /** Settings of a sink that works. */
  settings(): Readonly<Record<string, unknown>>;
  /** The same at another port of this machine, with SECRET as its credentials; absent: it needs no network. */
  readonly elsewhere?: (port: number) => Readonly<Record<string, unknown>>;
  /** What it holds of a thing; undefined: nothing. */
  holds(canonicalId: string): Promise<unknown>;
  /** Something that it will not take. */
  readonly unacceptable?: DocumentItem;
}

export const SECRET = 'hunter2-is-not-a-password';

/** What holds for every sink (pipelines.md 9). */
export function behavesLikeASink(behaviour: Behaviour): void {
  const { type } = behaviour;
  const open: DocumentSink[] = [];
  const create = (settings = behaviour.settings()): DocumentSink => {
    const sink = type.create(settings, place(type.nameOf(settings)));
    open.push(sink);
    return sink;
  };
  const write = (sink: DocumentSink, items: readonly DocumentItem[], signal = NEVER) => sink.write(items, OPTIONS, signal);
  afterEach(() => Promise.all(open.splice(0).map((sink) => sink.close())));

  describe('like every sink', () => {
    it('describes each of its settings', () => {
      for (const setting of Object.values(type.settings)) expect(setting.description).toMatch(/^[A-Z`].*\.$/s);
    });

    it('holds the same after a second write of the same state', async () => {
      const sink = create();
      const [first] = await write(sink, [written('twice', { title: 'a' })]);
      expect(first).toMatchObject({ is: 'ok' });
      const once = await behaviour.holds('jira.issue:twice');
      expect(once).toBeDefined();
      const note = first?.is === 'ok' && first.note !== undefined ? { note: first.note } : {};
      expect(await write(sink, [written('twice', { title: 'a' }, note)])).toMatchObject([{ is: 'ok' }]);
      expect(await behaviour.holds('jira.issue:twice')).toEqual(once);
    });

    it('takes the delete of what it never had', async () => {
      expect(await write(create(), [deleted('absent')])).toMatchObject([{ is: 'ok' }]);
      expect(await behaviour.holds('jira.issue:absent')).toBeUndefined();
    });

    it('gives one result for each item, in order', async () => {
      const sink = create();
      const items = [written('o1'), deleted('o2'), ...(behaviour.unacceptable ? [behaviour.unacceptable] : []), written('o3')];
      const results = await write(sink, items);
      expect(results.map(({ is }) => is)).toEqual(items.map((item) => (item === behaviour.unacceptable ? 'refused' : 'ok')));
      expect(await write(sink, [])).toEqual([]);
    });

    it('sends nothing once the signal has aborted, and says so for each item', async () => {
      const results = await write(create(), [written('late'), deleted('late2')], AbortSignal.abort());
      expect(results).toMatchObject([{ is: 'retry' }, { is: 'retry' }]);
      expect(await behaviour.holds('jira.issue:late')).toBeUndefined();
    });

    it('answers a ping', async () => {
      await expect(create().ping!(NEVER)).resolves.toBeUndefined();
    });

    it('closes twice', async () => {
      const sink = create();
      await write(sink, [written('closing')]);
      await sink.close();
      await expect(sink.close()).resolves.toBeUndefined();
    });

  });

  const { elsewhere } = behaviour;
  if (!elsewhere) return;
  describe('like every sink with an address', () => {
    it('has a shape that is no address and no credentials', () => {
      expect(create(elsewhere(1)).shape).toBe(create(elsewhere(2)).shape);
      expect(create(elsewhere(1)).shape).not.toContain(SECRET);
    });

    it('opens nothing before it is used, and stops waiting when the signal aborts', async () => {
      const hole = await blackHole();
      try {
        const sink = create(elsewhere(hole.port));
        expect(sink.name).not.toContain(SECRET);
        await new Promise((resolve) => setImmediate(resolve));
        expect(hole.connections()).toBe(0);
        const stop = new AbortController();
        const writing = write(sink, [written('1'), written('2')], stop.signal);
        await until(() => hole.connections() > 0);
        const abortedAt = Date.now();
        stop.abort();
        expect(await writing).toMatchObject([{ is: 'retry' }, { is: 'retry' }]);
        // Far below any time limit of a sink, far above what a busy machine takes.
        expect(Date.now() - abortedAt).toBeLessThan(1_500);
        const stopPing = new AbortController();
        const pinging = sink.ping!(stopPing.signal);
        pinging.catch(() => undefined);
        stopPing.abort();
        await expect(pinging).rejects.toThrow(/abort/i);
      } finally {
        await hole.stop();
      }
    });

    it('asks for patience when nobody is there, without telling secrets', async () => {
      const sink = create(elsewhere(await closedPort()));
      const results = await write(sink, [written('1'), deleted('2')]);
      expect(results.map(({ is }) => is)).toEqual(['retry', 'retry']);
      const failure = await sink.ping!(NEVER).then(
        () => undefined,
        (err: unknown) => err,
      );
      expect(failure).toBeInstanceOf(Error);
      for (const told of [JSON.stringify(results), String(failure), JSON.stringify(failure), sink.name]) expect(told).not.toContain(SECRET);
    });
  });
}
