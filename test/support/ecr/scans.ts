/** A vulnerability that a scan found. */
export interface Finding {
  /** For example "CVE-2026-0001". */
  readonly name: string;
  /** As ECR writes it: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL, UNDEFINED, and UNTRIAGED in enhanced scans. */
  readonly severity: string;
  /** The package that has it. */
  readonly package?: string;
  readonly version?: string;
  readonly fixedInVersion?: string;
}

/** What DescribeImageScanFindings answers to one call. */
export type ScanAnswer =
  | 'ScanNotFoundException'
  | {
      /** As the API has it: PENDING, IN_PROGRESS, COMPLETE, ACTIVE, FAILED, UNSUPPORTED_IMAGE and others. */
      readonly status: string;
      readonly description?: string;
      /** When it ended, in seconds since 1970. Default: now */
      readonly completedAt?: number;
      /** Default: none */
      readonly findings?: readonly Finding[];
    };

/** How the scan of an image goes. */
export interface ScanScript {
  readonly repository: string;
  /** The image that it is for. Default: every image of the repository, each with a scan of its own, but no index. */
  readonly digest?: string;
  /** One for each call that does not ask for a further page; the last one is given for ever. */
  readonly answers: readonly [ScanAnswer, ...ScanAnswer[]];
  /** Whether nothing is scanned before StartImageScan is called. Default: false, as with scan on push. */
  readonly manual?: boolean;
  /** Whether Amazon Inspector scans; findings have another shape then. Default: false */
  readonly enhanced?: boolean;
  /** Findings on a page, when the caller does not ask for fewer. Default: 100, as in ECR. */
  readonly pageSize?: number;
}

export interface ScannedImage {
  readonly repository: string;
  readonly digest: string;
  readonly isIndex: boolean;
}

export interface Scans {
  add(script: ScanScript): void;
  find(image: ScannedImage): ScanScript | undefined;
  /** @param isNew whether it is a new question, and not about a further page of the last answer */
  answer(image: ScannedImage, isNew: boolean): ScanAnswer;
  /** @returns false when the image was scanned before */
  start(image: ScannedImage): boolean;
}

export function createScans(declared: readonly ScanScript[]): Scans {
  const scripts = [...declared];
  const asked = new Map<string, number>();
  const started = new Set<string>();
  const find = ({ repository, digest, isIndex }: ScannedImage) => {
    const own = scripts.filter((script) => script.repository === repository);
    const ofImage = own.findLast((script) => script.digest === digest);
    return ofImage ?? (isIndex ? undefined : own.findLast((script) => script.digest === undefined));
  };
  return {
    add: (script) => void scripts.push(script),
    find,
    answer: (image, isNew) => {
      const key = keyOf(image);
      const script = find(image);
      if (script === undefined) {
        return image.isIndex ? UNSUPPORTED : 'ScanNotFoundException';
      }
      if (script.manual === true && !started.has(key)) {
        return 'ScanNotFoundException';
      }
      const number = (asked.get(key) ?? 0) + (isNew ? 1 : 0);
      asked.set(key, number);
      return script.answers[Math.max(number - 1, 0)] ?? script.answers.at(-1) ?? 'ScanNotFoundException';
    },
    start: (image) => {
      const key = keyOf(image);
      if (started.has(key) || find(image)?.manual !== true) {
        return false;
      }
      started.add(key);
      return true;
    },
  };
}

/** ECR scans the images of platforms, not the index over them. */
const UNSUPPORTED: ScanAnswer = {
  status: 'UNSUPPORTED_IMAGE',
  description: 'UnsupportedImageError: The operating system and/or package manager are not supported.',
};

function keyOf({ repository, digest }: ScannedImage): string {
  return `${repository}@${digest}`;
}
