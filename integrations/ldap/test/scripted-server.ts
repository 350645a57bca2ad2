import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Ber, BerReader, BerWriter, PagedResultsControl, ProtocolOperation, SearchRequest } from 'ldapts';
import { createFrames } from '../src/frames';

/** Filter and attributes in lower case, as ldapts reads them. */
export interface Asked {
  readonly base: string;
  readonly scope: string;
  readonly filter: string;
  readonly attributes: readonly string[];
  /** Of the page before. */
  readonly cookie: string;
}
export interface Said {
  readonly entries?: readonly { readonly dn: string; readonly attributes: Readonly<Record<string, readonly (string | Buffer)[]>> }[];
  readonly references?: readonly string[];
  readonly cookie?: string;
  readonly code?: number;
  readonly referrals?: readonly string[];
}

/** A directory that answers searches as a test says: for what OpenLDAP does not do. Every sign-in is right. */
export async function startScripted(answer: (asked: Asked) => Said): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const server = createServer((socket) => {
    socket.setNoDelay(true).on('error', () => undefined);
    const send = (id: number, tag: number, write: (writer: BerWriter) => void, cookie?: string): void => {
      const writer = new BerWriter();
      writer.startSequence();
      writer.writeInt(id);
      writer.startSequence(tag);
      write(writer);
      writer.endSequence();
      if (cookie !== undefined) {
        writer.startSequence(ProtocolOperation.LDAP_CONTROLS);
        new PagedResultsControl({ value: { size: 0, cookie: Buffer.from(cookie) } }).write(writer);
        writer.endSequence();
      }
      writer.endSequence();
      socket.write(writer.buffer);
    };
    const result = (writer: BerWriter, { code = 0, referrals = [] }: Said = {}): void => {
      writer.writeEnumeration(code);
      writer.writeString('');
      writer.writeString('');
      if (referrals.length === 0) return;
      writer.startSequence(0xa3);
      for (const url of referrals) writer.writeString(url);
      writer.endSequence();
    };
    socket.on('data', createFrames((frame) => {
      const reader = new BerReader(frame);
      reader.readSequence();
      const id = reader.readInt()!;
      const tag = reader.readSequence();
      if (tag === ProtocolOperation.LDAP_REQ_BIND) return send(id, ProtocolOperation.LDAP_RES_BIND, result);
      if (tag !== ProtocolOperation.LDAP_REQ_SEARCH) return;
      const request = new SearchRequest({ messageId: id, filter: undefined as never });
      request.parse(reader, []);
      const paging = request.controls?.find((control) => control instanceof PagedResultsControl);
      const said = answer({ base: request.baseDN, scope: request.scope, filter: request.filter.toString(), attributes: request.attributes, cookie: paging?.value?.cookie?.toString() ?? '' });
      for (const { dn, attributes } of said.entries ?? []) {
        send(id, ProtocolOperation.LDAP_RES_SEARCH_ENTRY, (writer) => {
          writer.writeString(dn);
          writer.startSequence();
          for (const [type, values] of Object.entries(attributes)) {
            writer.startSequence();
            writer.writeString(type);
            writer.startSequence(ProtocolOperation.LBER_SET);
            for (const value of values) writer.writeBuffer(Buffer.from(value), Ber.OctetString);
            writer.endSequence();
            writer.endSequence();
          }
          writer.endSequence();
        });
      }
      if (said.references) send(id, ProtocolOperation.LDAP_RES_SEARCH_REF, (writer) => said.references!.forEach((url) => writer.writeString(url)));
      return send(id, ProtocolOperation.LDAP_RES_SEARCH, (writer) => result(writer, said), paging && (said.cookie ?? ''));
    }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `ldap://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((stopped) => server.close(() => stopped())),
  };
}
