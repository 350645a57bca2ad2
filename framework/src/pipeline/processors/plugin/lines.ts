const NEWLINE = 10;

/** Splits a stream of bytes into lines. What is longer than `maxBytes` is handed on cut, and the rest of that line skipped. */
export function lineReader(maxBytes: number, onLine: (line: Buffer, cut: boolean) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  let skipping = false;
  const flush = (cut: boolean): void => {
    const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    parts = [];
    size = 0;
    onLine(cut ? line.subarray(0, maxBytes) : line, cut);
  };
  return (chunk) => {
    let from = 0;
    while (from < chunk.length) {
      const end = chunk.indexOf(NEWLINE, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      from = end < 0 ? chunk.length : end + 1;
      if (!skipping) {
        parts.push(part);
        size += part.length;
        if (size > maxBytes) {
          skipping = true;
          flush(true);
        } else if (end >= 0) flush(false);
      }
      if (end >= 0) skipping = false;
    }
  };
}
