import type { BuildWarning } from '../buildkit/record.ts';
import type { Location } from '../location.ts';
import { clip, printable } from './printable.ts';

/** A message that GitHub shows beside a file. */
export interface Annotation {
  readonly title: string;
  readonly message: string;
  /** Undefined for a file that is not in the repository of the workflow. */
  readonly location: Location | undefined;
}

/**
 * GitHub shows ten warnings of a step, and two are left for what the action itself may have to say, such as of a cache that was not exported.
 * Source: actions/runner, src/Runner.Worker/ExecutionContext.cs.
 */
const SHOWN = 8;
/** Characters of a text; of a message GitHub takes 4096. */
const SHOWN_LENGTH = 400;
const SHOWN_TEXTS = 8;

/**
 * Rules whose violation can break a build or an image, or give a secret away, and those that are about looks alone. What is in
 * neither comes between them. Source: BuildKit v0.32.2, frontend/dockerfile/linter/ruleset.go.
 */
const BREAKING = [
  'SecretsUsedInArgOrEnv',
  'UndefinedVar',
  'UndefinedArgInFrom',
  'InvalidDefaultArgInFrom',
  'InvalidBaseImagePlatform',
  'CopyIgnoredFile',
  'DuplicateStageName',
  'ReservedStageName',
  'MultipleInstructionsDisallowed',
  'NoEmptyContinuation',
  'ExposeInvalidFormat',
];
const LOOKS = [
  'StageNameCasing',
  'FromAsCasing',
  'ConsistentInstructionCasing',
  'ExposeProtoCasing',
  'InvalidDefinitionDescription',
  'LegacyKeyValueFormat',
  'MaintainerDeprecated',
  'RedundantTargetPlatform',
];

/** Warnings of one rule about one line. */
interface Finding {
  readonly rule: string | undefined;
  readonly warning: BuildWarning;
  readonly texts: readonly string[];
}

/**
 * What GitHub shows of the warnings of a build: the important ones first, each rule once per line, also when several platforms or
 * machines have found it. Those beyond eight are counted in the last one.
 * @param pathOf the path in the repository of a file that BuildKit names
 */
export function annotationsOf(
  warnings: readonly BuildWarning[],
  pathOf: (file: string) => string | undefined,
): Annotation[] {
  const findings = findingsOf(warnings).toSorted(byImportance);
  const left = findings.length - SHOWN;
  return findings.slice(0, SHOWN).map((finding, index) => {
    const { title, message, location } = annotationOf(finding, pathOf);
    const isLast = index === SHOWN - 1 && left > 0;
    const more = `${left} more ${left === 1 ? 'warning' : 'warnings'} of BuildKit ${left === 1 ? 'is' : 'are'} in the log of the build.`;
    return { title, message: isLast ? `${message}\n${more}` : message, location };
  });
}

function findingsOf(warnings: readonly BuildWarning[]): Finding[] {
  const findings = new Map<string, Finding>();
  for (const warning of warnings) {
    const { rule, text = '' } =
      /^(?:(?<rule>[A-Z]\w*): )?(?<text>.*?)(?: \(line \d+\))?$/s.exec(warning.short)?.groups ?? {};
    const key = JSON.stringify([warning.file, warning.start, rule ?? text]);
    const texts = findings.get(key)?.texts ?? [];
    findings.set(key, { rule, warning, texts: texts.includes(text) ? texts : [...texts, text] });
  }
  return [...findings.values()];
}

function byImportance(one: Finding, other: Finding): number {
  return rank(one) - rank(other) || (one.warning.start ?? 0) - (other.warning.start ?? 0);
}

function rank({ rule = '' }: Finding): number {
  return BREAKING.includes(rule) ? 0 : LOOKS.includes(rule) ? 2 : 1;
}

function annotationOf({ rule, warning, texts }: Finding, pathOf: (file: string) => string | undefined): Annotation {
  const { file, start, end, detail, url } = warning;
  const path = file === undefined ? undefined : pathOf(file);
  const place =
    file === undefined || path !== undefined ? '' : start === undefined ? `${file}: ` : `${file}:${start}: `;
  const lines = [
    ...texts.slice(0, SHOWN_TEXTS).map((text) => `${place}${text}`),
    ...detail.slice(0, 2),
    ...(url === undefined ? [] : [`More: ${url}`]),
  ];
  return {
    title: rule ?? 'Warning of BuildKit',
    message: lines.map((line) => clip(printable(line), SHOWN_LENGTH)).join('\n'),
    location:
      path === undefined || start === undefined
        ? undefined
        : { file: path, startLine: start, endLine: Math.max(start, end ?? start) },
  };
}
