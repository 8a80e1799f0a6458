import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

/** A block of YAML in a document. */
export interface Block {
  /** Of its first line, for messages. */
  readonly line: number;
  readonly text: string;
}

/** The text of a file of this project. */
export function readText(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8');
}

/** All blocks of YAML in a document of this project, in their order. */
export async function yamlBlocks(path: string): Promise<Block[]> {
  const text = await readText(path);
  return [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(({ index, 1: block = '' }) => ({
    line: text.slice(0, index).split('\n').length + 1,
    text: block,
  }));
}

/** Whether a block is a complete workflow and not a part of one. */
export function isWorkflow({ text }: Block): boolean {
  return /^on:/m.test(text) && /^jobs:/m.test(text);
}

/** The one workflow of a document that has a text in it. @throws Error when none or several have it */
export async function workflowWith(text: string, path: string): Promise<string> {
  const found = (await yamlBlocks(path)).filter((block) => isWorkflow(block) && block.text.includes(text));
  const [first, ...others] = found;
  if (first === undefined || others.length > 0) {
    throw new Error(`${found.length} workflows of ${path} have ${JSON.stringify(text)}`);
  }
  return first.text;
}
