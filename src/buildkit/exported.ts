/**
 * The manifests of an image in the order of its platforms, as the progress of its export names them: nothing else tells of
 * those of an index that is not pushed.
 * @param output plain progress of BuildKit, at least its end
 * @returns digests, `sha256:…`; attestations are not among them
 */
export function exportedManifests(output: string): string[] {
  // A line ends at a line feed only: what a step prints may have other ends of lines in it.
  const lines = output.split(/\r?\n/);
  const step = lines.findLast((line) => /^#\d+ exporting to image$/.test(line))?.split(' ')[0];
  const digests = lines.flatMap((line) => {
    const { at, digest } = /^(?<at>#\d+) exporting manifest (?<digest>sha256:[0-9a-f]{64})/.exec(line)?.groups ?? {};
    return at === step && digest !== undefined ? [digest] : [];
  });
  return [...new Set(digests)];
}
