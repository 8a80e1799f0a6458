/** The secrets of a step: the runner is told of each, and they are remembered for what it cannot mask. */
export interface Masks {
  /** Takes a secret before anything else is done with it. */
  readonly mask: (secret: string) => void;
  /**
   * Takes all secrets so far out of a text that will be cut, put on lines of its own, or written in another form, as Markdown is: the runner
   * masks a secret only where it stands whole and as it is.
   */
  readonly hide: (text: string) => string;
}

/** Shorter than any secret, and too much of a text would be one. */
const LEAST = 4;

/** @param tell has the runner mask a secret */
export function openMasks(tell: (secret: string) => void): Masks {
  const secrets = new Set<string>();
  return {
    mask: (secret) => {
      secrets.add(secret);
      tell(secret);
    },
    hide: (text) => hideSecrets(text, [...secrets]),
  };
}

function hideSecrets(text: string, secrets: readonly string[]): string {
  const values = secrets.flatMap((secret) => [secret, ...secret.split(/\r?\n/)]).map((value) => value.trim());
  return [...new Set(values)]
    .filter((value) => value.length >= LEAST)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, () => '***'), text);
}
