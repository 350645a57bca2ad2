// No entry that people work with comes near it; a server that sends more is none.
const MAX_FRAME = 64 * 1024 * 1024;
const SEQUENCE = 0x30;

/** Cuts what a socket gives into whole messages. Throws on what is none. */
export function createFrames(take: (frame: Buffer) => void): (data: Buffer) => void {
  let held: Buffer[] = [];
  let size = 0;
  let needed = 2;
  return (data) => {
    held.push(data);
    size += data.length;
    // Joined only when a whole message is there: a large one comes in many pieces.
    while (size >= needed) {
      const buffer = held.length === 1 ? held[0]! : Buffer.concat(held, size);
      const length = frameLength(buffer);
      held = [buffer];
      if (length === undefined || size < length) {
        needed = length ?? size + 1;
        return;
      }
      held = [buffer.subarray(length)];
      size -= length;
      needed = 2;
      take(buffer.subarray(0, length));
    }
  };
}

/** Of the message at the beginning, with its header; undefined while the header is not whole. */
function frameLength(buffer: Buffer): number | undefined {
  if (buffer[0] !== SEQUENCE) throw new Error('what it sent is no LDAP');
  const first = buffer[1]!;
  if (first < 0x80) return 2 + first;
  const octets = first & 0x7f;
  if (octets < 1 || octets > 4) throw new Error('what it sent is no LDAP');
  if (buffer.length < 2 + octets) return undefined;
  const length = 2 + octets + buffer.readUIntBE(2, octets);
  if (length > MAX_FRAME) throw new Error(`it sent a message of ${length} bytes`);
  return length;
}
