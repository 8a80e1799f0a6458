import type { Bed } from './bed.ts';
import { buildIn } from './built.ts';

/**
 * Lists every file with its hash, as BuildKit's generator protocol wants it. Not a real scanner: it knows no packages.
 * Source: BuildKit, docs/attestations/sbom-protocol.md
 */
const SCAN = `#!/bin/sh
set -eu
scan() {
  name=$(basename "$1")
  {
    printf '{"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document", "predicate": '
    printf '{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "%s", "files": [' "$name"
    separator=
    for file in $(cd "$1" && find . -type f -maxdepth 1); do
      sum=$(sha256sum "$1/$file" | cut -d ' ' -f 1)
      printf '%s{"fileName": "%s", "checksums": [{"algorithm": "SHA256", "checksumValue": "%s"}]}' "$separator" "$file" "$sum"
      separator=,
    done
    printf ']}}'
  } > "$BUILDKIT_SCAN_DESTINATION/$name.spdx.json"
}
scan "$BUILDKIT_SCAN_SOURCE"
for extra in "\${BUILDKIT_SCAN_SOURCE_EXTRAS:-/none}"/*; do
  if [ -d "$extra" ]; then scan "$extra"; fi
done
`;

/** Builds an SBOM generator. @returns its reference in the registry, by digest */
export async function pushScanner(bed: Bed): Promise<string> {
  const files = {
    Dockerfile: `FROM ${bed.baseImage}\nCOPY --chmod=755 scan.sh /scan.sh\nENTRYPOINT ["/scan.sh"]\n`,
    'scan.sh': SCAN,
  };
  const { image } = await buildIn(await bed.job({ files }), bed, { imageTag: 'scanner' });
  return `${bed.registry.host}/app@${image.reference}`;
}
