import { setTimeout as pause } from 'node:timers/promises';
import { withMessage } from '../buildkit/failed-build.ts';
import { isCancellation, unlessCancelled } from '../cancellation.ts';
import { Failure, messageOf } from '../failure.ts';
import { debug } from '../log.ts';
import { formatDigestName } from '../plan/image.ts';
import { formatReference, type Reference } from '../plan/reference.ts';
import { type RemoteRepository, repositoryOf } from './repository.ts';

/** What was pushed: an image, and the names that it has got; without names, it is there by its digest alone. */
export interface Pushed {
  /** `sha256:…` */
  readonly digest: string;
  readonly references: readonly Reference[];
  readonly repositories: readonly RemoteRepository[];
}

/** Milliseconds before each further look for what is not there, although the registry has taken it. */
const LOOKS = [0, 500, 1_000, 2_000];

/**
 * Looks whether everything that was pushed is there: a registry that has said so may have lost it, and somebody may have removed it.
 * @returns sentences for the user: names that another job has moved meanwhile, and what could not be read
 * @param signal ends it
 * @throws Failure `push-lost`, `build-cancelled`; both tell what each name is
 */
export async function confirmArrival(pushed: Pushed, signal: AbortSignal): Promise<string[]> {
  return unlessCancelled(() => confirm(pushed), signal).catch(async (error: unknown) => {
    throw error instanceof Failure ? await withNames(error, pushed) : error;
  });
}

async function confirm({ digest, references, repositories }: Pushed): Promise<string[]> {
  const named = await Promise.all(
    references.map((reference) =>
      lookAt({
        name: formatReference(reference),
        repository: repositoryOf(reference, repositories),
        at: reference.tag,
      }),
    ),
  );
  // A name that is the image shows that its repository has it.
  const isShown = (repository: RemoteRepository) =>
    named.some((look) => look.repository === repository && look.digest === digest);
  const isAsked = (repository: RemoteRepository) =>
    references.length === 0 || named.some((look) => look.repository === repository);
  const others = repositories.filter((repository) => isAsked(repository) && !isShown(repository));
  const untagged = await Promise.all(
    others.map((repository) => lookAt({ name: formatDigestName(repository.name, digest), repository, at: digest })),
  );
  const looks = [...named, ...untagged];
  const lost = looks.find((look) => look.digest === undefined && look.problem === undefined);
  if (lost !== undefined) {
    throw new Failure({
      code: 'push-lost',
      message: `${lost.name} was pushed, but the registry does not have it.`,
      hint: 'Look for a lifecycle policy or a job that removes images, and run this one again.',
    });
  }
  return looks.flatMap((look) => {
    if (look.problem !== undefined) {
      const text = `${look.name} was pushed, but cannot be read back: ${messageOf(look.problem)}`;
      debug(text);
      // This machine need not reach a registry that BuildKit reaches.
      const isUnreachable = look.problem instanceof Failure && look.problem.code === 'registry-unreachable';
      return isUnreachable ? [] : [text];
    }
    return look.digest === digest
      ? []
      : [
          `${look.name} is ${look.digest} by now: another job has pushed that tag. The image of this step is ${digest}.`,
        ];
  });
}

interface Place {
  /** As the user knows it. */
  readonly name: string;
  readonly repository: RemoteRepository;
  /** Tag or digest. */
  readonly at: string;
}

interface Look extends Place {
  /** Undefined: it is not there, or cannot be read. */
  readonly digest: string | undefined;
  readonly problem: unknown;
}

async function lookAt(place: Place): Promise<Look> {
  try {
    for (const milliseconds of LOOKS) {
      await pause(milliseconds);
      const manifest = await place.repository.manifest(place.at);
      if (manifest !== undefined) {
        return { ...place, digest: manifest.digest, problem: undefined };
      }
    }
    return { ...place, digest: undefined, problem: undefined };
  } catch (error) {
    return { ...place, digest: undefined, problem: error };
  }
}

/** Names that an error tells of at most. */
const SHOWN = 20;
/** How long the registry is asked for them; a step that is cancelled has to end. Milliseconds. */
const PATIENCE = 10_000;
const PATIENCE_CANCELLED = 1_000;

/**
 * Adds to a failure what each name points to now: several are pushed one after the other.
 * @param pushed.digest undefined when nothing of the image has got so far
 */
export async function withNames(
  failure: Failure,
  { digest, references, repositories }: Omit<Pushed, 'digest'> & { readonly digest: string | undefined },
): Promise<Failure> {
  const named = references.map((reference) => ({
    name: formatReference(reference),
    repository: repositoryOf(reference, repositories),
    at: reference.tag,
  }));
  // What gets no name is asked for by its digest.
  const unnamed = repositories.flatMap((repository) =>
    digest === undefined ? [] : [{ name: formatDigestName(repository.name, digest), repository, at: digest }],
  );
  const places = references.length === 0 ? unnamed : named;
  const patience = isCancellation(failure) ? PATIENCE_CANCELLED : PATIENCE;
  const lines = await Promise.all(places.slice(0, SHOWN).map((place) => tellPlace(place, { digest, patience })));
  const more = places.length > SHOWN ? [`and ${places.length - SHOWN} more`] : [];
  return lines.length === 0
    ? failure
    : withMessage(failure, [failure.message, 'What is there now:', ...lines, ...more].join('\n'));
}

async function tellPlace(
  { name, repository, at }: Place,
  { digest, patience }: { readonly digest: string | undefined; readonly patience: number },
): Promise<string> {
  const reading = repository.manifest(at).then(
    (manifest) => `${name} ${stateOf(manifest?.digest, digest)}`,
    () => `${name} cannot be read`,
  );
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`${name} cannot be read`), patience).unref();
  });
  return Promise.race([reading, late]);
}

function stateOf(is: string | undefined, digest: string | undefined): string {
  if (is === undefined) {
    return 'is not there';
  }
  return is === digest ? `is this image (${is})` : `is another image (${is})`;
}
