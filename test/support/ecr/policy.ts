import { at, textAt } from '../../../src/json.ts';
import { matchesWildcard } from './names.ts';

export interface Request {
  /** With the prefix of its service: "ecr:PutImage". */
  readonly action: string;
  /** An ARN, or * for actions that have none. */
  readonly resource: string;
}

/**
 * Whether an identity-based policy allows an action, by IAM's rules: a statement has to allow it and none may deny it.
 * @param policy a policy document as JSON.parse gives it
 * @throws Error for what is not evaluated here, so that no test passes by a part of a policy that nobody read
 */
export function allows(policy: unknown, { action, resource }: Request): boolean {
  const fitting = listOf(at(policy, 'Statement')).filter((statement) => {
    const unknown = Object.keys(Object(statement)).find((key) => !KNOWN.includes(key));
    if (unknown !== undefined) {
      throw new Error(`The stand-in for IAM does not evaluate ${unknown} of a statement`);
    }
    // IAM compares the names of actions without their letter case, and resources with it.
    const actions = listOf(at(statement, 'Action')).map((one) => String(one).toLowerCase());
    const resources = listOf(at(statement, 'Resource')).map(String);
    return (
      actions.some((pattern) => matchesWildcard(pattern, action.toLowerCase())) &&
      resources.some((pattern) => matchesWildcard(pattern, resource))
    );
  });
  const effects = fitting.map((statement) => textAt(statement, 'Effect'));
  return effects.includes('Allow') && !effects.includes('Deny');
}

const KNOWN: readonly string[] = ['Sid', 'Effect', 'Action', 'Resource'];

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
