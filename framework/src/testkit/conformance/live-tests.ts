import { identityOf, keyNames, toJson, type Live } from '../../contract';
import { rowKey } from '../../store';
import { allRows, stored } from '../read-kind';
import type { Subject } from './subject';
import { changesOf, thingsOf, type ChangeOfThing } from './told-rows';

/** What pushed events have to stand, with recorded deliveries where there are some. */
export function liveTests(subject: Subject, live: Live<unknown>): void {
  const { integration, options } = subject;
  const kindOf = (name: string) => integration.kinds?.find((kind) => kind.name === name);
  const deliveries = options.deliveries ?? [];
  const things = (): readonly ChangeOfThing[] => deliveries.flatMap((delivery) => thingsOf(subject, delivery));

  test('live: names are unique, and no test call is an event', () => {
    expect(live.events).toEqual([...new Set(live.events)]);
    expect(live.events.filter((name) => live.tests?.includes(name))).toEqual([]);
  });

  test('live: pipelines find the keys of a row in the envelope that stands for it', async () => {
    for (const kind of subject.kinds.filter(({ envelope }) => envelope)) {
      for (const row of await allRows<unknown, unknown>({ integration, kind: kind.name, context: subject.context().context })) {
        for (const { name, identity, value } of live.keys?.(kind.name, stored(kind.envelope!(row)) as never, subject.settings()) ?? []) {
          if (!identity || value === undefined) continue;
          expect(String(value)).toBe(String(kind.key(row)[keyNames(kind).indexOf(name)]));
        }
      }
    }
  });

  if (deliveries.length === 0) return;

  test('live: every recorded delivery is known or of no concern, and says the same twice', () => {
    for (const delivery of deliveries) {
      const copy = stored(delivery);
      const changes = changesOf(subject, delivery);
      expect(delivery).toEqual(copy); // it changed nothing of what it was given
      expect(toJson(changesOf(subject, copy))).toBe(toJson(changes));
    }
    expect(things().length).toBeGreaterThan(0);
  });

  test('live: each change names a kind, and its identity is what that kind makes of the row', () => {
    for (const change of things()) {
      const kind = kindOf(change.kind);
      expect([change.kind, kind?.name]).toEqual([change.kind, change.kind]);
      const identity = identityOf(change.keys);
      expect(change.keys.filter((key) => key.identity).map(({ name }) => name)).toEqual(keyNames(kind!));
      expect(change.keys.map(({ name }) => name).filter((name) => name.includes('.'))).toEqual([]);
      expect([change.kind, identity]).not.toEqual([change.kind, undefined]);
      if (change.row !== undefined) expect(rowKey(kind!.key(change.row))).toBe(rowKey(identity!));
    }
  });

  test('live: versions are numbers', () => {
    for (const change of things()) {
      const version = change.row === undefined ? undefined : kindOf(change.kind)?.version?.(change.row);
      if (version !== undefined) expect(Number.isFinite(version)).toBe(true);
      if (change.at !== undefined) expect(Number.isFinite(change.at)).toBe(true);
    }
  });

  test('live: the keys of a change are found again in its stored envelope', () => {
    if (!live.keys) return;
    for (const delivery of deliveries) {
      for (const change of thingsOf(subject, delivery)) expect(live.keys(change.kind, delivery.body, subject.settings())).toEqual(change.keys);
    }
  });
}
