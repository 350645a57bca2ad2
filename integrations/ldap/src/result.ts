import { ControlParser, ProtocolOperation, type BerReader, type Control } from 'ldapts';

/** How an operation ended, as the server says. */
export interface Result {
  readonly code: number;
  /** The part of the asked name that is there. */
  readonly matched: string;
  readonly message: string;
  /** Other servers to ask. */
  readonly referrals: readonly string[];
  readonly controls: readonly Control[];
}

const REFERRAL = 0xa3;

/** Of the body of an answer that ends an operation. */
export function readResult(reader: BerReader): Result {
  const code = reader.readEnumeration() ?? -1;
  const matched = reader.readString() ?? '';
  const message = reader.readString() ?? '';
  const referrals: string[] = [];
  if (reader.peek() === REFERRAL) {
    reader.readSequence();
    for (const end = reader.offset + reader.length; reader.offset < end; ) referrals.push(reader.readString() ?? '');
  }
  const controls: Control[] = [];
  if (reader.peek() === ProtocolOperation.LDAP_CONTROLS) {
    reader.readSequence();
    for (const end = reader.offset + reader.length; reader.offset < end; ) {
      const control = ControlParser.parse(reader, []);
      if (control) controls.push(control);
    }
  }
  return { code, matched, message, referrals, controls };
}
