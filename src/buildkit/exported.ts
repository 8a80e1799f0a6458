/**
 * The manifests of an image in the order of its platforms, as the progress of its export names them: nothing else tells of
 * those of an index that is not pushed.
 * @param output plain progress of BuildKit, at least its end
 * @returns digests, `sha256:…`; attestations are not among them
 */
export function exportedManifests(output: string): string[] {
  const step = [...output.matchAll(/^#(?<step>\d+) exporting to image\r?$/gm)].at(-1)?.groups?.step;
  const lines = output.matchAll(/^#(?<step>\d+) exporting manifest (?<digest>sha256:[0-9a-f]{64})/gm);
  const digests = [...lines].flatMap(({ groups }) => (groups?.step === step ? (groups?.digest ?? []) : []));
  return [...new Set(digests)];
}
