import { Ber, BerReader, BerWriter, Control, ProtocolOperation, SearchEntry } from 'ldapts';
import type { Answer } from './wire';

// Content synchronization (RFC 4533), as far as a search that lasts needs it. Cookies are OpenLDAP's: `rid=000,csn=<change>;<change>`.

const OID = '1.3.6.1.4.1.4203.1.9.1';
const REFRESH_AND_PERSIST = 3;
const INTERMEDIATE = 0x79;
const STATES = ['present', 'add', 'modify', 'delete'] as const;
/** What an answer of the search says. */
export type SyncMessage =
  | { readonly is: 'entry'; readonly state: (typeof STATES)[number]; readonly id: string; readonly name: string; readonly cookie?: string }
  /** `present`: what is listed is still there, and what is not may be gone since. */
  | { readonly is: 'ids'; readonly state: 'present' | 'delete'; readonly ids: readonly string[]; readonly cookie?: string }
  | { readonly is: 'cookie'; readonly cookie?: string };

/** Asks for what changes after the cookie. */
export class SyncRequest extends Control {
  readonly #cookie: string;

  constructor(cookie: string) {
    super(`${OID}.1`, { critical: true });
    this.#cookie = cookie;
  }

  protected override writeControl(writer: BerWriter): void {
    const value = new BerWriter();
    value.startSequence();
    value.writeEnumeration(REFRESH_AND_PERSIST);
    value.writeString(this.#cookie);
    value.endSequence();
    writer.writeBuffer(value.buffer, Ber.OctetString);
  }
}

class SyncState extends Control {
  state: (typeof STATES)[number] = 'present';
  id = '';
  cookie: string | undefined;

  constructor() {
    super(`${OID}.2`);
  }

  protected override parseControl(reader: BerReader): void {
    reader.readSequence();
    this.state = STATES[reader.readEnumeration() ?? 0] ?? 'present';
    this.id = readUuid(reader);
    this.cookie = readCookie(reader);
  }
}

/** Undefined: it says nothing about what changed. */
export function readSyncMessage({ tag, reader }: Answer): SyncMessage | undefined {
  if (tag === ProtocolOperation.LDAP_RES_SEARCH_ENTRY) {
    const sync = new SyncState();
    const entry = new SearchEntry({ messageId: 0 });
    entry.parse(reader, [sync]);
    return { is: 'entry', state: sync.state, id: sync.id, name: entry.name, ...(sync.cookie !== undefined && { cookie: sync.cookie }) };
  }
  return tag === INTERMEDIATE ? readInfo(reader) : undefined;
}

const TAGS = { name: 0x80, value: 0x81, newCookie: 0x80, idSet: 0xa3, ids: 0x31 } as const;

function readInfo(reader: BerReader): SyncMessage | undefined {
  if (reader.peek() === TAGS.name && reader.readString(TAGS.name) !== `${OID}.4`) return undefined;
  const value = new BerReader(reader.readString(TAGS.value, true) ?? Buffer.alloc(0));
  const kind = value.peek();
  if (kind === TAGS.newCookie) return { is: 'cookie', cookie: value.readString(TAGS.newCookie) ?? '' };
  value.readSequence();
  const cookie = readCookie(value);
  const given = cookie === undefined ? {} : { cookie };
  if (kind !== TAGS.idSet) return { is: 'cookie', ...given };
  const isGone = value.peek() === Ber.Boolean && value.readBoolean() === true;
  const ids: string[] = [];
  value.readSequence(TAGS.ids);
  for (const end = value.offset + value.length; value.offset < end; ) ids.push(readUuid(value));
  return { is: 'ids', state: isGone ? 'delete' : 'present', ids, ...given };
}

const readCookie = (reader: BerReader): string | undefined => (reader.peek() === Ber.OctetString ? (reader.readString() ?? undefined) : undefined);

const readUuid = (reader: BerReader): string => (reader.readString(Ber.OctetString, true) ?? Buffer.alloc(0)).toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The newest change of each server of a directory: `20260101120000.000000Z#000000#001#000000`, where the third part names the server. */
export class Changes {
  readonly #newest = new Map<string, string>();

  constructor(csns: readonly string[]) {
    for (const csn of csns) this.add(csn);
  }

  add(csn: string): void {
    const server = csn.split('#')[2] ?? '';
    if (csn > (this.#newest.get(server) ?? '')) this.#newest.set(server, csn);
  }

  addCookie(cookie: string | undefined): void {
    for (const csn of /csn=([^,]+)/.exec(cookie ?? '')?.[1]?.split(';') ?? []) this.add(csn);
  }

  /** Is everything in here known to the other one? */
  isIn(other: Changes): boolean {
    return [...this.#newest].every(([server, csn]) => csn <= (other.#newest.get(server) ?? ''));
  }

  toCookie(): string {
    return `rid=000,csn=${[...this.#newest.values()].join(';')}`;
  }
}
