import { at, parseJson, textAt } from '../../src/json.ts';
import type { LoggedRequest } from './ecr/exchange.ts';
import { parseRegistryPath } from './ecr/registry-path.ts';
import { readText } from './workflows/documents.ts';

/** A statement of a policy document. */
export interface Statement {
  readonly sid: string;
  readonly actions: readonly string[];
  /** Empty in policies of resources and roles. */
  readonly resources: readonly string[];
  /** As JSON.parse gives it. */
  readonly json: unknown;
}

/** What docs/permissions.md says that a step needs. */
export interface Need {
  /** Sids of the statements without which the step fails. */
  readonly required: readonly string[];
  /** Sids of those that may be left out. */
  readonly optional: readonly string[];
}

export interface Permissions {
  /** By the name of the step, which is the first link of its row. */
  readonly needs: ReadonlyMap<string, Need>;
  /** All statements of all policies in the document. @throws Error when there is none of that Sid */
  statement(sid: string): Statement;
  readonly statements: readonly Statement[];
}

const DOCUMENT = 'docs/permissions.md';

/** Reads the table and all policies. @throws Error when two statements have the same Sid */
export async function readPermissions(): Promise<Permissions> {
  const text = await readText(DOCUMENT);
  const blocks = [...text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, block = '']) => parseJson(block));
  const statements = blocks.flatMap(statementsOf);
  const twice = statements.find(({ sid }, index) => statements.findIndex((one) => one.sid === sid) !== index);
  if (twice !== undefined) {
    throw new Error(`${DOCUMENT} has two statements ${twice.sid}`);
  }
  return {
    needs: new Map(rowsOf(text)),
    statements,
    statement: (sid) => {
      const found = statements.find((one) => one.sid === sid);
      if (found === undefined) {
        throw new Error(`${DOCUMENT} has no statement ${sid}`);
      }
      return found;
    },
  };
}

/** The statements of a policy document, as JSON.parse gives it. */
export function statementsOf(policy: unknown): Statement[] {
  return listOf(at(policy, 'Statement')).map((json) => ({
    sid: textAt(json, 'Sid') ?? '',
    actions: listOf(at(json, 'Action')).map(String),
    resources: listOf(at(json, 'Resource')).map(String),
    json,
  }));
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) {
    return [];
  }
  return Array.isArray(value) ? value : [value];
}

function rowsOf(text: string): [string, Need][] {
  const section = /^## What a step needs\n([\s\S]*?)^## /m.exec(text)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| (?=\[)(.*?) \| (.*?) \| (.*?) \|$/gm)];
  return rows.map(([, step = '', required = '', optional = '']) => [
    (/\[(.*?)\]/.exec(step)?.[1] ?? '').replaceAll('`', ''),
    { required: sidsOf(required), optional: sidsOf(optional) },
  ]);
}

function sidsOf(cell: string): string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, sid = '']) => sid);
}

/** Where the repositories of the document are in a test: below a prefix, and maybe in another account. */
export interface Place {
  /** "nginx" of the document is "PREFIX/nginx". */
  readonly prefix: string;
  readonly accountId?: string;
}

/** The statements as the policy of an identity, for repositories that are at a place. */
export function policyAt(statements: readonly Statement[], place: Place): object {
  const Statement = statements.map(({ sid, actions, resources }) => ({
    Sid: sid,
    Effect: 'Allow',
    Action: actions,
    Resource: resources.map((resource) => move(resource, place)),
  }));
  return { Version: '2012-10-17', Statement };
}

function move(resource: string, { prefix, accountId }: Place): string {
  return resource.replace(
    /:(\d{12}):repository\/(.+)$/,
    (_, account: string, name: string) => `:${accountId ?? account}:repository/${prefix}/${name}`,
  );
}

/** Every action with what it is allowed for, as "ecr:PutImage PREFIX/nginx"; "*" where it is not limited to a repository. */
export function listed(statements: readonly Statement[], place: Place): string[] {
  const pairs = statements.flatMap(({ actions, resources }) =>
    resources.flatMap((resource) => {
      const name = /:repository\/(.+)$/.exec(move(resource, place))?.[1] ?? resource;
      return actions.map((action) => `${action} ${name}`);
    }),
  );
  return [...new Set(pairs)].sort();
}

/** The same for what the stand-in has checked. */
export function seen(requests: readonly LoggedRequest[]): string[] {
  const pairs = requests.flatMap((request) =>
    request.actions.map((action) => `${action} ${objectOf(action, request)}`),
  );
  return [...new Set(pairs)].sort();
}

function objectOf(action: string, { path, input }: LoggedRequest): string {
  if (UNLIMITED.includes(action)) {
    return '*';
  }
  const name = parseRegistryPath(path)?.repository;
  if (name !== undefined) {
    // The ARN of a public repository has no alias.
    return action.startsWith('ecr-public:') ? name.replace(/^[^/]*\//, '') : name;
  }
  const object = ['repositoryName', 'RoleArn'].map((field) => textAt(input, field)).find((text) => text !== undefined);
  return object ?? textAt(input, 'repositoryNames', '0') ?? 'nothing that is known';
}

/** Actions that name no resource. Source: service authorization reference of ECR, ECR Public and STS. */
const UNLIMITED: readonly string[] = [
  'ecr:GetAuthorizationToken',
  'ecr:DescribeRepositoryCreationTemplates',
  'ecr-public:GetAuthorizationToken',
  'sts:GetServiceBearerToken',
];
