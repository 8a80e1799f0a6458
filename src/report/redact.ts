/** Shorter than any secret, and too much of a text would match. */
const LEAST = 4;

/**
 * Names of steps have the values of build arguments in them. Should one be a secret of the workflow, the runner masks it in the summary as in
 * the log, but only where it stands as it is: what a chart or a table has to write differently is left out.
 * @param values of build arguments
 * @returns leaves them out of a text
 */
export function redactor(values: readonly string[]): (text: string) => string {
  const risky = values
    .filter((value) => !/^[\w./=+@,~^-]*$/.test(value))
    .flatMap((value) => [value, value.replaceAll(/\s+/g, ' ').trim()]);
  const longestFirst = [...new Set(risky)]
    .filter((value) => value.length >= LEAST)
    .toSorted((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((rest, value) => rest.replaceAll(value, '…'), text);
}
