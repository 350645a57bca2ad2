import { ABSENT, type AnyKind, type Page, type Partition, type Position } from '../../contract';
import { rowKey } from '../../store';
import { planKind, readPartition, stored } from '../read-kind';
import type { Subject } from './subject';

interface Read {
  readonly partition: Partition;
  readonly pages: readonly Page<unknown>[];
}

const rowsOf = (read: Read): readonly unknown[] => read.pages.flatMap(({ rows }) => rows);

export function rowTests(subject: Subject, kind: AnyKind<unknown>): void {
  const { integration, options } = subject;
  const keyOf = (row: unknown): string => rowKey(kind.key(row));
  const readFrom = async (partition: Partition, position?: Position): Promise<Read> => {
    const pages: Page<unknown>[] = [];
    for await (const page of readPartition({ integration, kind: kind.name, context: subject.context().context }, partition, position)) pages.push(page);
    return { partition, pages };
  };
  const readAll = async (): Promise<readonly Read[]> => {
    const reads: Read[] = [];
    for (const partition of await planKind({ integration, kind: kind.name, context: subject.context().context })) reads.push(await readFrom(partition));
    return reads;
  };

  test('yields rows', async () => {
    expect((await readAll()).flatMap(rowsOf).length).toBeGreaterThan(0);
  });

  test('partitions have names of their own', async () => {
    const names = (await readAll()).map(({ partition }) => partition.name);
    expect(names).toEqual([...new Set(names)]);
  });

  test('keys are present, and unique in a partition', async () => {
    for (const read of await readAll()) {
      const keys = rowsOf(read).map((row) => {
        for (const member of kind.key(row)) expect(String(member)).not.toBe('');
        return keyOf(row);
      });
      expect(keys).toEqual([...new Set(keys)]);
    }
  });

  test('rows are JSON, with the same key and version after they were stored', async () => {
    for (const row of (await readAll()).flatMap(rowsOf)) {
      const copy = stored(row);
      expect(copy).toEqual(row);
      expect(keyOf(copy)).toBe(keyOf(row));
      const version = kind.version?.(row);
      if (version !== undefined) expect(Number.isFinite(version)).toBe(true);
      expect(kind.version?.(copy)).toBe(version);
    }
  });

  test('scanning twice gives the same keys', async () => {
    const keys = async (): Promise<readonly string[]> => (await readAll()).flatMap(rowsOf).map(keyOf);
    expect(await keys()).toEqual(await keys());
  });

  test('resuming from every position yields the remaining keys', async () => {
    for (const read of await readAll()) {
      for (const [index, { next }] of read.pages.entries()) {
        if (next === undefined) continue;
        for (const value of Object.values(next)) expect(['string', 'number', 'boolean']).toContain(typeof value);
        const rest = await readFrom(read.partition, stored(next));
        expect(rowsOf(rest).map(keyOf)).toEqual(read.pages.slice(index + 1).flatMap(({ rows }) => rows.map(keyOf)));
      }
      expect(read.pages.at(-1)?.next).toBeUndefined();
    }
  });

  if (kind.get) {
    test('`get` gives each row as the scan gave it', async () => {
      const { context } = subject.context();
      for (const row of (await readAll()).flatMap(rowsOf)) {
        expect(await kind.get?.(context, { key: keyOf(row), row })).toEqual(row);
        if (kind.member) expect(await kind.member(context, row)).toBe(true);
      }
    });
  }

  if (kind.get && options.exchanges) {
    test('`get` of what is not there is ABSENT', async () => {
      const [row] = (await readAll()).flatMap(rowsOf);
      const { context } = subject.context();
      subject.source().fail(() => ({ status: 404, body: {} }));
      expect(await kind.get?.(context, { key: keyOf(row), row })).toBe(ABSENT);
    });
  }

  if (options.emptyPages?.includes(kind.name)) {
    test('an empty page in the middle does not end the scan', async () => {
      const [read] = await readAll();
      const empty = read?.pages.findIndex(({ rows, next }) => rows.length === 0 && next !== undefined) ?? -1;
      expect(empty).toBeGreaterThanOrEqual(0);
      expect(read?.pages.slice(empty).flatMap(({ rows }) => rows).length).toBeGreaterThan(0);
    });
  }

  if (options.withheld?.kind === kind.name) {
    const { answer } = options.withheld;
    test('rows that the source holds back make the scan incomplete', async () => {
      subject.source().fail(answer);
      const outcome = await readAll().then(
        (reads) => (reads.some(({ pages }) => pages.some(({ incomplete }) => incomplete !== undefined)) ? 'incomplete' : 'complete'),
        (err: { recovery?: string }) => err.recovery,
      );
      expect(outcome).toBe('incomplete');
    });
  }
}
