import type { Beginnings, Offsets } from '../../kafka';
import { deferred, type Clock } from '../../shared';
import { readState, writeState, type Documents } from '../../store';

/** `state` documents of where listeners begin: `kafka-listener/<connector>/<target>/<topic>/<hash of the brokers>`. */
export const KAFKA_LISTENER = 'kafka-listener/';

/** Clocks of producers may be slow by so much. */
const SKEW_MS = 60_000;

/** Until the brokers have answered once there is a time instead of offsets (epoch ms). */
interface Kept {
  readonly since?: number;
  readonly offsets?: Readonly<Record<string, string>>;
}

/** Where a listener begins: fixed when it is registered first, and kept, so that what comes afterwards is heard whatever happens before the group has joined. */
export interface Place extends Beginnings {
  isFixed(): boolean;
  /** Resolves once the brokers said where the topic ends. */
  readonly found: Promise<void>;
  /** The brokers do not answer: it begins with what has a timestamp from now on, and a little before. */
  fixByTime(): Promise<void>;
}

export async function openPlace(documents: Documents, name: string, clock: Clock): Promise<Place> {
  const kept = await readState<Kept>(documents, name);
  const registeredAt = clock.now();
  let since = kept?.since;
  let known = kept?.offsets && new Map(Object.entries(kept.offsets).map(([partition, offset]) => [Number(partition), offset]));
  const found = deferred<void>();
  const save = (offsets: Offsets): Promise<void> => writeState(documents, name, { offsets: Object.fromEntries(offsets) } satisfies Kept);
  return {
    isFixed: () => known !== undefined || since !== undefined,
    found: found.promise,
    async fixByTime() {
      since = registeredAt - SKEW_MS;
      await writeState(documents, name, { since } satisfies Kept);
    },
    async find(topic) {
      if (known) return known;
      const ends = since === undefined ? await topic.ends() : undefined;
      // Ends that come after the connector went on are too late.
      const offsets = new Map(since === undefined ? ends : await topic.since(since));
      await save(offsets);
      found.resolve();
      return (known = offsets);
    },
    async begun(partitions) {
      if (partitions.filter((partition) => known?.delete(partition)).length > 0) await save(known!);
    },
  };
}
