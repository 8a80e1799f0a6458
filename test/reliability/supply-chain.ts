import type { Area, Replacement } from './row.ts';

const UNPACK = 'src/buildkit/unpack.ts';
const ARCHIVE = 'src/buildkit/archive.ts';

const UNCHECKED: Replacement = { file: ARCHIVE, from: 'actual !== release.sha256', to: 'actual === undefined' };
const UNEXPLAINED: Replacement = { file: ARCHIVE, from: 'throw downloadFailed(archive, cause);', to: 'throw cause;' };
const ANY_TYPE: Replacement = { file: UNPACK, from: "type !== 'file'", to: 'type === undefined' };

const REFUSED = '`buildkit-archive-broken`, which says why. Nothing of it runs or stays.';
const MISMATCH = '`buildkit-checksum-mismatch` with both values. Nothing is unpacked or left.';

export const area: Area = {
  title: 'Archives of BuildKit',
  rows: [
    {
      fault: 'The archive is not where it should be (404)',
      outcome: '`buildkit-download-failed` with address and status. Nothing is left.',
      test: { file: 'install.test.ts', name: 'missing: nothing is unpacked or left' },
      mutant: UNEXPLAINED,
    },
    {
      fault: 'The connection is cut in the middle of the download, each time',
      outcome: '`buildkit-download-failed`, after three attempts. Nothing is left.',
      test: { file: 'install.test.ts', name: 'truncated: nothing is unpacked or left' },
      mutant: UNEXPLAINED,
    },
    {
      fault: 'A mirror serves half of the archive as if it were all of it',
      outcome: MISMATCH,
      test: { file: 'install.test.ts', name: 'short: nothing is unpacked or left' },
      mutant: UNCHECKED,
    },
    {
      fault: 'A mirror serves other programs under the right name',
      outcome: MISMATCH,
      test: { file: 'install.test.ts', name: 'corrupt: nothing is unpacked or left' },
      mutant: UNCHECKED,
    },
    {
      fault: 'A proxy answers the download with a page to sign in, and status 200',
      outcome: MISMATCH,
      test: { file: 'install.test.ts', name: 'notar: nothing is unpacked or left' },
      mutant: UNCHECKED,
    },
    {
      fault: 'A mirror serves another archive of the version that the tool cache has',
      outcome:
        'The tool cache is not taken for it; `buildkit-checksum-mismatch` where it is not the one that was asked for.',
      test: { file: 'install.test.ts', name: 'is taken for no other archive of the same version' },
      mutant: { file: ARCHIVE, from: '${version.slice(1)}-sha256.x${sha256.slice(0, 16)}', to: '${version.slice(1)}' },
    },
    {
      fault: 'A program in the tool cache was changed',
      outcome: 'It does not run. BuildKit is downloaded and verified anew.',
      test: { file: 'install.test.ts', name: 'is put anew where a file in the tool cache was changed' },
      mutant: {
        file: 'src/buildkit/tool-cache.ts',
        from: "return cached !== '' && (await isIntact(cached, tool));",
        to: "return cached !== '' || (await isIntact(cached, tool));",
      },
    },
    {
      fault: 'Two jobs of a machine install the same version at the same moment',
      outcome: 'Both build; one copy stays, and neither sees half of it.',
      test: { file: 'install.test.ts', name: 'is installed by two jobs at the same moment' },
      mutant: {
        file: 'src/buildkit/tool-cache.ts',
        from: '  } catch {\n    // Another job was first',
        to: '  } catch (error) {\n    throw error;\n    // Another job was first',
      },
    },
    {
      fault: 'The address of a mirror that fails has a password and a token in it',
      outcome: 'The error shows the address without them.',
      test: { file: 'install.test.ts', name: 'does not show password and query of the address' },
      mutant: { file: ARCHIVE, from: 'return origin + pathname;', to: 'return origin + pathname + url;' },
    },
    {
      fault: 'The archive has members with `../`, absolute names, links and devices that lead outside',
      outcome: 'Only the programs are written, each to its place in the tool cache.',
      test: { file: 'archives.test.ts', name: 'writes only the programs, and only where they belong' },
      mutant: [
        { file: UNPACK, from: 'members.get(name);', to: 'members.get(name) ?? resolve(dirname(file), name);' },
        {
          file: UNPACK,
          from: "import { pipeline } from 'node:stream/promises';",
          to: "import { pipeline } from 'node:stream/promises';\nimport { dirname, resolve } from 'node:path';",
        },
      ],
    },
    {
      fault: 'The programs in the archive are set-user-ID and writable for all',
      outcome: 'They are installed with the rights of a program (0755).',
      test: { file: 'archives.test.ts', name: 'has no say in the rights of a program' },
      mutant: { file: UNPACK, from: 'mode: 0o755 }', to: 'mode: entry.header.mode ?? 0o755 }' },
    },
    {
      fault: 'The archive unpacks to more than the disk may have',
      outcome: REFUSED,
      test: { file: 'archives.test.ts', name: 'is not unpacked beyond what a disk may have' },
      mutant: { file: UNPACK, from: 'sum > bytes', to: 'sum < 0' },
    },
    {
      fault: 'A program in the archive is a symbolic link to a file of the machine',
      outcome: REFUSED,
      test: { file: 'archives.test.ts', name: 'a symbolic link' },
      mutant: ANY_TYPE,
    },
    {
      fault: 'A program in the archive is a hard link to a file of the machine',
      outcome: REFUSED,
      test: { file: 'archives.test.ts', name: 'a hard link' },
      mutant: ANY_TYPE,
    },
    {
      fault: 'A program in the archive is a pipe that nobody writes to',
      outcome: `${REFUSED} Nothing waits for it.`,
      test: { file: 'archives.test.ts', name: 'a pipe that nobody writes to' },
      mutant: ANY_TYPE,
    },
    {
      fault: 'A program in the archive is a device',
      outcome: REFUSED,
      test: { file: 'archives.test.ts', name: 'a device' },
      mutant: ANY_TYPE,
    },
    {
      fault: 'A program in the archive is a sparse file of a terabyte',
      outcome: REFUSED,
      test: { file: 'archives.test.ts', name: 'a sparse file that is larger than the disk' },
      mutant: ANY_TYPE,
    },
    {
      fault: 'A program is in the archive twice',
      outcome: REFUSED,
      test: { file: 'archives.test.ts', name: 'a program that is there twice is refused' },
      mutant: [
        { file: UNPACK, from: 'if (found.has(name)) {', to: "if (found.has('')) {" },
        { file: UNPACK, from: "flags: 'wx'", to: "flags: 'w'" },
      ],
    },
    {
      fault: 'The archive lacks a program',
      outcome: REFUSED,
      test: { file: 'archives.test.ts', name: 'an archive that lacks a program is refused' },
      mutant: { file: ARCHIVE, from: 'lacks.length > 0', to: 'lacks.length > members.length' },
    },
    {
      fault: 'The archive of RootlessKit is not the pinned one',
      outcome: MISMATCH,
      test: { file: 'rootlesskit.test.ts', name: 'is refused when what comes from GitHub is not the pinned archive' },
      mutant: UNCHECKED,
    },
    {
      fault: 'RootlessKit in its archive is a pipe',
      outcome: REFUSED,
      test: { file: 'rootlesskit.test.ts', name: 'is refused when the program in it is a fifo' },
      mutant: ANY_TYPE,
    },
  ],
};
