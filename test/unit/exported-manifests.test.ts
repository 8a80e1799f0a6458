import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { exportedManifests } from '../../src/buildkit/exported.ts';

const AMD64 = 'sha256:60a4333c5d015f653e0e972c49f87689dc18acd113925650764ebab3e51a5e98';
const ARM64 = 'sha256:ea5b4db9b2b3b142798462e17f6226a451bf38e4d1b7ecd4156d2394f99cc3e1';
const LIST = 'sha256:8ef72614f76fb10ace82e447bde9be8f8dbf2a1c179e22889b19550c90a61a35';

function captured(name: string): Promise<string> {
  return readFile(new URL(`../fixtures/buildkit/stderr/${name}.txt`, import.meta.url), 'utf8');
}

describe('manifests in the progress that BuildKit has written', () => {
  const SAMPLE = 'sha256:5b7cead2f12d96374f32b1e9fe4c03358a89364a95982251fe34a3da9e57fdaf';
  it.each([
    ['build', [SAMPLE]],
    ['build-all-cached', [SAMPLE]],
    ['build-with-provenance', [SAMPLE]],
    ['failing-run', []],
    ['syntax-error', []],
  ])('%s', async (name, digests) => {
    expect(exportedManifests(await captured(name))).toEqual(digests);
    expect(exportedManifests((await captured(name)).replaceAll('\n', '\r\n'))).toEqual(digests);
  });
});

describe('manifests of an image', () => {
  const both = (step: number) => `#${step} exporting to image
#${step} exporting layers 0.1s done
#${step} exporting manifest ${AMD64} 0.0s done
#${step} exporting config sha256:521232445c5de41e50850a714106eb0dc0e5bb281c05659e6268c357182349a4 0.0s done
#${step} exporting attestation manifest sha256:7c0e856bb4b2fde33252fc30d560c95c507bb37e52dd0c50b83a20dad088e452 done
#${step} exporting manifest ${ARM64}
#${step} exporting manifest ${ARM64} 0.1s done
#${step} exporting manifest list ${LIST} done
#${step} DONE 0.2s
`;

  it('are in the order of the platforms, without attestations and the list, each once', () => {
    expect(exportedManifests(both(10))).toEqual([AMD64, ARM64]);
  });

  it('are those of the last image, which is the one of the action', () => {
    const first = `#9 exporting to image\n#9 exporting manifest ${LIST} done\n#9 DONE 0.1s\n\n`;
    expect(exportedManifests(first + both(10))).toEqual([AMD64, ARM64]);
    expect(exportedManifests(both(9) + first.replaceAll('#9', '#10'))).toEqual([LIST]);
  });

  it('are not those of another exporter', () => {
    const oci = `#11 exporting to oci image format\n#11 exporting manifest ${LIST} done\n#11 DONE 0.1s\n`;
    expect(exportedManifests(both(10) + oci)).toEqual([AMD64, ARM64]);
  });

  it('are found between the lines of other steps', () => {
    const lines = both(10).split('\n');
    const cache =
      '\n#12 exporting cache to registry\n#12 preparing build cache for export done\n#12 ...\n\n#10 exporting to image';
    expect(exportedManifests([...lines.slice(0, 4), cache, ...lines.slice(4)].join('\n'))).toEqual([AMD64, ARM64]);
  });

  it.each([
    ['nothing', ''],
    [
      'a build that a step prints of',
      `#7 0.064 #10 exporting to image\n#7 0.065 #10 exporting manifest ${AMD64} done\n`,
    ],
    ['the end of an export alone', `#10 exporting manifest ${AMD64} done\n`],
    ['a digest that is cut off', `#10 exporting to image\n#10 exporting manifest ${AMD64.slice(0, 40)}\n`],
  ])('are not in %s', (_, output) => {
    expect(exportedManifests(output)).toEqual([]);
  });
});
