import { ancestorKeys, dnKey, dnOf, type Dn } from './dn';
import type { Entry } from './entry';
import type { Family } from './families';

interface KnownEntry {
  readonly id: string;
  readonly key: string;
  readonly families: readonly Family[];
  readonly uid?: string;
}

/** Which entry a name means: entries name each other by names that change, elements by ids that last. Some 300 bytes an entry. */
export class Known {
  readonly #byKey = new Map<string, KnownEntry>();
  readonly #byId = new Map<string, KnownEntry>();
  readonly #byUid = new Map<string, string>();

  /** The newest place of an entry. */
  add(family: Family, entry: Entry): void {
    const key = dnKey(entry.dn);
    const before = this.#byId.get(entry.id);
    const families = before?.key === key ? [...new Set([...before.families, family])] : [family];
    const uid = family === 'person' ? entry.values('uid')[0]?.toLowerCase() : before?.uid;
    this.remove(entry.id);
    const known: KnownEntry = { id: entry.id, key, families, ...(uid !== undefined && { uid }) };
    this.#byKey.set(key, known);
    this.#byId.set(known.id, known);
    if (uid !== undefined) this.#byUid.set(uid, known.id);
  }

  remove(id: string): void {
    const known = this.#byId.get(id);
    if (!known) return;
    this.#byId.delete(id);
    // Another entry may have taken its name since.
    if (this.#byKey.get(known.key) === known) this.#byKey.delete(known.key);
    if (known.uid !== undefined && this.#byUid.get(known.uid) === id) this.#byUid.delete(known.uid);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Was it known under another name? */
  isMoved(entry: Entry): boolean {
    const known = this.#byId.get(entry.id);
    return known !== undefined && known.key !== dnKey(entry.dn);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Id of the entry of this family that a value names; undefined when it is none, or is not read. */
  named(name: string, family: Family): string | undefined {
    const known = this.#byKey.get(dnKey(dnOf(name)));
    return known?.families.includes(family) ? known.id : undefined;
  }

  personOfUid(uid: string): string | undefined {
    return this.#byUid.get(uid.toLowerCase());
  }

  /** Id of the nearest unit that an entry lies in. */
  unitAbove(dn: Dn): string | undefined {
    for (const key of ancestorKeys(dn)) {
      const known = this.#byKey.get(key);
      if (known?.families.includes('unit')) return known.id;
    }
    return undefined;
  }
}
