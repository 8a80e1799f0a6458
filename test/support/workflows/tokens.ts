import { isBasicExpression, isBoolean, isMapping, isNumber, isSequence, isString } from '@actions/workflow-parser';
import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { TokenType } from '@actions/workflow-parser/templates/tokens/types';
import { evaluate, holds, type Json, type Scope, textOf } from './expressions.ts';

/** A part of a workflow or of an action, as GitHub's parser has read it: its expressions are not evaluated yet. */
export type Token = TemplateToken;

/** The value of a key, or undefined where there is none. */
export function field(token: Token | undefined, ...path: readonly string[]): Token | undefined {
  return path.reduce<Token | undefined>(
    (current, key) => (current !== undefined && isMapping(current) ? current.find(key) : undefined),
    token,
  );
}

/** Keys and values of a mapping; none when it is absent, or blank as in `workflow_call:`. */
export function entriesOf(token: Token | undefined): [string, Token][] {
  return token !== undefined && isMapping(token)
    ? [...token].map(({ key, value }) => [key.assertString('a key').value, value])
    : [];
}

/** Items of a list; one scalar counts as a list of it, as in `needs: build`. */
export function itemsOf(token: Token | undefined): Token[] {
  if (token === undefined) {
    return [];
  }
  return isSequence(token) ? [...token] : [token];
}

/** The value of a token with everything in it evaluated; null when it is absent. */
export function resolve(token: Token | undefined, scope: Scope): Json {
  if (token === undefined || token.templateTokenType === TokenType.Null) {
    return null;
  }
  if (isBasicExpression(token)) {
    return evaluate(token.expression, scope);
  }
  if (isMapping(token)) {
    return Object.fromEntries(entriesOf(token).map(([key, value]) => [key, resolve(value, scope)]));
  }
  if (isSequence(token)) {
    return [...token].map((item) => resolve(item, scope));
  }
  if (isString(token) || isNumber(token) || isBoolean(token)) {
    return token.value;
  }
  throw new Error(`${token.typeName()} is not known here`);
}

/** The same as text: what an input, a variable or an output becomes. */
export function resolveText(token: Token | undefined, scope: Scope): string {
  return textOf(resolve(token, scope));
}

/** A mapping whose values all become texts, such as `env` and `with`. */
export function resolveTexts(token: Token | undefined, scope: Scope): Record<string, string> {
  return Object.fromEntries(entriesOf(token).map(([key, value]) => [key, resolveText(value, scope)]));
}

/** What is written without any expression, such as `permissions`. */
export function plain(token: Token | undefined): Json {
  return resolve(token, { contexts: {} });
}

/** Whether a job or step with this `if` runs. Without one, it runs when all before it have succeeded. */
export function isWanted(token: Token | undefined, scope: Required<Scope>): boolean {
  if (token === undefined) {
    return scope.status.success;
  }
  const written = isBasicExpression(token) ? token.expression : resolveText(token, scope).trim();
  return holds(ensureStatusFunction(written || 'success()', token.definitionInfo), scope);
}
