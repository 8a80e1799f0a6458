import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import { truthy } from '@actions/expressions/result';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What an expression can see at its place: contexts by name, and in an `if` how things went before. */
export interface Scope {
  readonly contexts: JsonObject;
  readonly status?: Status;
}

export interface Status {
  readonly success: boolean;
  readonly failure: boolean;
}

/**
 * Evaluates the inside of `${{ }}` by GitHub's own evaluator.
 * @throws Error that shows the expression, also for a context or function that does not exist at its place
 */
export function evaluate(expression: string, { contexts, status }: Scope): Json {
  return fromData(evaluateData(expression, contexts, status));
}

/** Whether an `if` holds. It has a status function already: the parser adds `success()` where none is written. */
export function holds(condition: string, { contexts, status }: Required<Scope>): boolean {
  return truthy(evaluateData(condition, contexts, status));
}

/** A value as it becomes part of a text or of a variable. @throws Error for a list or an object */
export function textOf(value: Json): string {
  if (value !== null && typeof value === 'object') {
    throw new Error(`A text is needed here, not ${JSON.stringify(value)}: use toJSON`);
  }
  return toData(value).coerceString();
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The mapping itself, or an empty one for anything else. */
export function objectOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function evaluateData(expression: string, contexts: JsonObject, status?: Status): data.ExpressionData {
  const functions = status === undefined ? [] : statusFunctions(status);
  try {
    const { tokens } = new Lexer(expression).lex();
    const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
    const values = new data.Dictionary(
      ...Object.entries(contexts).map(([key, value]) => ({ key, value: toData(value) })),
    );
    return new Evaluator(tree, values, new Map(functions.map((each) => [each.name, each]))).evaluate();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`\${{ ${expression} }}: ${reason}`, { cause });
  }
}

function statusFunctions({ success, failure }: Status): FunctionDefinition[] {
  const answers = { success, failure, always: true, cancelled: false };
  return Object.entries(answers).map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answer),
  }));
}

function toData(value: Json): data.ExpressionData {
  const revived: data.ExpressionData = JSON.parse(JSON.stringify(value), data.reviver);
  return revived;
}

function fromData(value: data.ExpressionData): Json {
  const plain: Json = JSON.parse(JSON.stringify(value, data.replacer));
  return plain;
}
