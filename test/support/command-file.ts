import { readFile } from 'node:fs/promises';

/**
 * Reads GITHUB_OUTPUT or GITHUB_STATE as the runner does: `name=value`, or `name<<delimiter`, lines, `delimiter`. A later entry of the same
 * name counts. Source: actions/runner, src/Runner.Worker/FileCommandManager.cs.
 * @throws Error for a line that is neither, at which the runner fails the step
 */
export async function readCommandFile(path: string): Promise<Record<string, string>> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  const entries: [string, string][] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line === '') {
      continue;
    }
    const { name, sign, rest = '' } = /^(?<name>.+?)(?<sign>=|<<)(?<rest>.*)$/s.exec(line)?.groups ?? {};
    const end = sign === '<<' ? lines.indexOf(rest, at + 1) : at;
    if (name === undefined || end === -1) {
      throw new Error(`the runner cannot read ${JSON.stringify(line)}`);
    }
    entries.push([name, sign === '<<' ? lines.slice(at + 1, end).join('\n') : rest]);
    at = end;
  }
  return Object.fromEntries(entries);
}
