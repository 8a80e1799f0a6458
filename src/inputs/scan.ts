import { Failure } from '../failure.ts';
import { parseEcrHost } from '../plan/ecr-host.ts';
import { SCAN_LEVELS, type ScanLevel } from '../plan/scan.ts';
import { type Ask, attempt, oneOf } from './grammar.ts';

/** Whether an image has to pass a scan before it gets its tags. */
export interface ScanInputs {
  /** Undefined: nothing is scanned. */
  readonly scanFailOn: ScanLevel | undefined;
}

/** @param firstHost of the registry that scans; undefined: the caller's own */
export async function readScan({ raw, problems }: Ask, firstHost: () => string | undefined): Promise<() => ScanInputs> {
  const scanFailOn = await attempt(problems, () => oneOf(raw, 'scanFailOn', SCAN_LEVELS));
  await attempt(problems, () => {
    const host = scanFailOn.known && firstHost();
    if (host !== undefined && parseEcrHost(host)?.kind === 'public') {
      throw new Failure({
        code: 'input-invalid',
        message: `scanFailOn: the image is scanned in its first registry, ${host}, but ECR Public scans no images.`,
        hint: 'Name a private registry first in imageRegistryPath (or imageTag), or leave scanFailOn out.',
      });
    }
  });
  return () => ({ scanFailOn: scanFailOn.get() });
}
