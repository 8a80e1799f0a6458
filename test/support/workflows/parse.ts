import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { parseAction } from '@actions/workflow-parser/actions/action-parser';
import { ErrorPolicy } from '@actions/workflow-parser/model/convert';
import type { TemplateContext } from '@actions/workflow-parser/templates/template-context';
import type { Token } from './tokens.ts';

export interface ParsedWorkflow {
  readonly root: Token;
  /** What it runs on: `push`, `workflow_call`. */
  readonly events: readonly string[];
}

/**
 * Reads a workflow with GitHub's parser, which checks names of keys, where a context may be used, `needs`, conditions, and the
 * inputs and secrets of the workflows that it calls.
 * @param read the text of a file of the same repository, for called workflows
 * @throws Error with everything that the parser has to say
 */
export async function readWorkflow(
  name: string,
  text: string,
  read: (path: string) => Promise<string>,
): Promise<ParsedWorkflow> {
  const { context, value } = parseWorkflow({ name, content: text }, new NoOperationTraceWriter());
  const root = parsed(name, context, value);
  const called = {
    getFileContent: async ({ path }: { readonly path: string }) => ({ name: path, content: await read(path) }),
  };
  const options = { errorPolicy: ErrorPolicy.TryConversion, fetchReusableWorkflowDepth: 1 };
  const { events } = await convertWorkflowTemplate(context, root, called, options);
  return { root: parsed(name, context, root), events: Object.keys(events) };
}

/** Reads an action.yml in the same way. */
export function readAction(name: string, text: string): Token {
  const { context, value } = parseAction({ name, content: text }, new NoOperationTraceWriter());
  return parsed(name, context, value);
}

function parsed(name: string, context: TemplateContext, value: Token | undefined): Token {
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (errors.length > 0 || value === undefined) {
    throw new Error([`${name} is not valid:`, ...errors].join('\n'));
  }
  return value;
}
