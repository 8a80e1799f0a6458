import { readFileSync } from 'node:fs';

/** Program header type of the path of the dynamic loader (ELF specification, table "Segment Types"). */
const PT_INTERP = 3;

/**
 * Whether a file is an ELF program that runs without any other file, so that it can be alone in an image.
 * Knows the 64-bit little-endian form of amd64 and arm64; everything else counts as not static.
 */
export function isStaticProgram(path: string | undefined): boolean {
  if (path === undefined) {
    return false;
  }
  const bytes = readFileSync(path);
  const isElf64LittleEndian =
    bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46 && bytes.readUInt16BE(4) === 0x0201;
  if (!isElf64LittleEndian) {
    return false;
  }
  const headersAt = Number(bytes.readBigUInt64LE(32));
  const headerSize = bytes.readUInt16LE(54);
  const headers = Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => headersAt + index * headerSize);
  return headers.every((offset) => bytes.readUInt32LE(offset) !== PT_INTERP);
}
