/** BuildKit's names of the processors that a marker can be made for. */
export type MarkerArch = 'amd64' | 'arm64';

const PATH = '/built';
/** Where the file stands in memory: any address that the kernels of both processors give to programs. */
const ADDRESS = 0x400000;
const HEADERS = 64 + 56;
/** O_WRONLY | O_CREAT | O_TRUNC, and the mode of the new file. */
const [FLAGS, MODE] = [0x241, 0o644];

/**
 * A static program for Linux that writes the name of its processor to the file `/built` and ends. It shows that a step has
 * run, and as what; no compiler for other processors is needed for it.
 */
export function markerProgram(arch: MarkerArch): Buffer {
  const text = Buffer.from(arch);
  const path = Buffer.from(`${PATH}\0`);
  const size = { amd64: amd64Code(0, 0, 0).length, arm64: arm64Code(0, 0, 0).length }[arch];
  const code = { amd64: amd64Code, arm64: arm64Code }[arch](size, size + path.length, text.length);
  const body = Buffer.concat([code, path, text]);
  return Buffer.concat([elfHeaders(arch, HEADERS + body.length), body]);
}

/** Source: ELF specification, ELF64 header and program header; machine numbers of the processor supplements. */
function elfHeaders(arch: MarkerArch, fileSize: number): Buffer {
  const headers = Buffer.alloc(HEADERS);
  headers.write('\x7fELF\x02\x01\x01', 'latin1');
  headers.writeUInt16LE(2, 16); // executable
  headers.writeUInt16LE({ amd64: 62, arm64: 183 }[arch], 18);
  headers.writeUInt32LE(1, 20);
  headers.writeBigUInt64LE(BigInt(ADDRESS + HEADERS), 24); // entry
  headers.writeBigUInt64LE(64n, 32); // program headers
  headers.writeUInt16LE(64, 52);
  headers.writeUInt16LE(56, 54);
  headers.writeUInt16LE(1, 56);
  headers.writeUInt32LE(1, 64); // PT_LOAD
  headers.writeUInt32LE(5, 68); // readable, executable
  for (const [offset, value] of [
    [80, ADDRESS],
    [88, ADDRESS],
    [96, fileSize],
    [104, fileSize],
    [112, 0x10000],
  ] as const) {
    headers.writeBigUInt64LE(BigInt(value), offset);
  }
  return headers;
}

/** open, write, exit. Offsets are from the start of the code. Source: Intel SDM, syscall numbers of x86_64. */
function amd64Code(pathAt: number, textAt: number, length: number): Buffer {
  const parts: Buffer[] = [];
  const add = (opcode: readonly number[], ...values: readonly number[]) => {
    const immediate = Buffer.alloc(4 * values.length);
    values.forEach((value, index) => {
      immediate.writeInt32LE(value, 4 * index);
    });
    parts.push(Buffer.from(opcode), immediate);
  };
  const next = () => parts.reduce((sum, part) => sum + part.length, 0) + 7;
  add([0x48, 0x8d, 0x3d], pathAt - next()); // lea rdi, [rip + path]
  add([0xbe], FLAGS); // mov esi
  add([0xba], MODE); // mov edx
  add([0xb8], 2); // mov eax, open
  add([0x0f, 0x05]); // syscall
  add([0x89, 0xc7]); // mov edi, eax
  add([0x48, 0x8d, 0x35], textAt - next()); // lea rsi, [rip + text]
  add([0xba], length);
  add([0xb8], 1); // write
  add([0x0f, 0x05]);
  add([0x31, 0xff]); // xor edi, edi
  add([0xb8], 60); // exit
  add([0x0f, 0x05]);
  return Buffer.concat(parts);
}

/** openat, write, exit. Source: Arm Architecture Reference Manual, A64 instructions; syscall numbers of arm64. */
function arm64Code(pathAt: number, textAt: number, length: number): Buffer {
  const movz = (register: number, value: number) => 0xd2800000 + value * 32 + register;
  const adr = (register: number, offset: number) =>
    0x10000000 + (offset & 3) * 2 ** 29 + ((offset >> 2) & 0x7ffff) * 32 + register;
  const svc = 0xd4000001;
  const words = [
    0x92800000 + 99 * 32, // movn x0, 99: AT_FDCWD
    adr(1, pathAt - 4),
    movz(2, FLAGS),
    movz(3, MODE),
    movz(8, 56),
    svc,
    adr(1, textAt - 24),
    movz(2, length),
    movz(8, 64),
    svc,
    movz(0, 0),
    movz(8, 93),
    svc,
  ];
  const code = Buffer.alloc(4 * words.length);
  words.forEach((word, index) => {
    code.writeUInt32LE(word, 4 * index);
  });
  return code;
}
