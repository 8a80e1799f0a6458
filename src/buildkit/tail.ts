/** Keeps the last lines of a stream, whatever its length. */
export interface Tail {
  add(chunk: Buffer): void;
  text(): string;
}

/** @param limit bytes that are kept at least, once there were so many */
export function keepTail(limit: number): Tail {
  let chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > 2 * limit) {
        const kept = Buffer.concat(chunks).subarray(-limit);
        chunks = [kept];
        size = kept.length;
      }
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}
