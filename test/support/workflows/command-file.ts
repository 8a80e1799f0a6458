/**
 * Reads what a step has written to GITHUB_OUTPUT: `name=value`, or `name<<DELIMITER` and lines up to that delimiter.
 * @throws Error for a line that is neither, which ends a step on GitHub as well
 */
export function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const [, name, sign, rest = ''] = /^([^=<]+)(=|<<)(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      outputs[name] = sign === '=' ? rest : takeBlock(lines, rest);
    } else if (line !== '') {
      throw new Error(`Not an output: ${line}`);
    }
  }
  return outputs;
}

/** Takes the lines before the delimiter, and the delimiter. */
function takeBlock(lines: string[], delimiter: string): string {
  const end = lines.indexOf(delimiter);
  if (end < 0) {
    throw new Error(`The delimiter ${delimiter} is missing`);
  }
  return lines
    .splice(0, end + 1)
    .slice(0, -1)
    .join('\n');
}
