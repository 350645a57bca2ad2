import type { Sample } from './structure';

export interface Decoded {
  readonly text: string;
  readonly encoding: string;
}

/** The text of a sample, or undefined when it is none. A character at the end that is cut is left out. */
export function decode({ bytes, isCut }: Sample): Decoded | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { text: new TextDecoder('utf-16le').decode(bytes.subarray(2, bytes.length - (bytes.length % 2))), encoding: 'UTF-16LE' };
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { text: new TextDecoder('utf-16be').decode(bytes.subarray(2, bytes.length - (bytes.length % 2))), encoding: 'UTF-16BE' };
  if (bytes.includes(0)) return undefined;
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut }), encoding: 'UTF-8' };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(bytes), encoding: 'windows-1252' };
  }
}
