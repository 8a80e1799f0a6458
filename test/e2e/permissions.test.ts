import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ACCOUNT } from '../support/account.ts';
import type { LoggedRequest } from '../support/ecr/exchange.ts';
import type { Account } from '../support/ecr/principals.ts';
import type { JobOptions } from '../support/job.ts';
import { listed, policyAt, readPermissions, seen } from '../support/permissions.ts';
import {
  ALIAS,
  BUILD_ACCOUNT,
  type Given,
  hostOf,
  limitedTo,
  type NamedBed,
  OTHER_ACCOUNT,
  startNamedBed,
} from '../support/permissions-bed.ts';
import { type Run, USES, type Use } from '../support/permissions-uses.ts';

const permissions = await readPermissions();

/** Rows that no identity of this account can be tried with here, and where they are tried or why not. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'Pull-through cache': 'the stand-in has no upstream registries; AWS names the two actions in the ECR user guide',
  'Another account': 'below, because the repository is in another account',
  'A role from other credentials': 'permissions-roles.test.ts',
};

/** A feature, once with all that its row lists and once without what may be left out. */
const VARIANTS = [...permissions.needs]
  .filter(([row]) => ELSEWHERE[row] === undefined)
  .flatMap(([row, { required, optional }], index) => [
    { row, prefix: `row${index}-all`, sids: [...required, ...optional], isComplete: true },
    ...(optional.length === 0 ? [] : [{ row, prefix: `row${index}-least`, sids: required, isComplete: false }]),
  ]);

type Variant = (typeof VARIANTS)[number];

function identityOf({ prefix, sids }: Pick<Variant, 'prefix' | 'sids'>) {
  return limitedTo(prefix, policyAt(sids.map(permissions.statement), { prefix }));
}

const CACHELESS = { prefix: 'cacheless', sids: ['Token', 'Push'] };
const NEIGHBOUR = { prefix: 'neighbour', accountId: OTHER_ACCOUNT };
const { required: OWN = [], optional: OWN_OPTIONAL = [] } = permissions.needs.get('Another account') ?? {};
const neighbourly = [...OWN, ...OWN_OPTIONAL].map(permissions.statement);
const FOREIGNER = limitedTo('foreigner', policyAt(neighbourly, NEIGHBOUR), BUILD_ACCOUNT);

let named: NamedBed;
beforeAll(async () => {
  const templates = VARIANTS.filter(({ row }) => /template/.test(row));
  const created = VARIANTS.filter(({ row }) => /createRepository|repositorySettings|Create/.test(row));
  const there = VARIANTS.filter((variant) => ![...templates, ...created].includes(variant));
  named = await startNamedBed(inject('toolchain'), {
    accounts: [ACCOUNT, FOREIGNER, ...[...VARIANTS, CACHELESS].map(identityOf)],
    repositories: [
      ...[...there, CACHELESS].flatMap(({ prefix }) =>
        ['nginx', 'cache', 'base'].map((name) => ({ name: `${prefix}/${name}` })),
      ),
      { name: 'neighbour/nginx', accountId: OTHER_ACCOUNT, sharedWith: [BUILD_ACCOUNT] },
    ],
    publicRegistries: [{ alias: ALIAS, repositories: there.map(({ prefix }) => `${prefix}/nginx`) }],
    templates: templates.map(({ prefix }) => ({ prefix, appliedFor: ['CREATE_ON_PUSH'] })),
    redirectBlobs: true,
  });
});
afterAll(() => named.close());

/** Runs steps as somebody, each of which has to succeed unless it is said otherwise. */
function runAs(account: Account, prefix: string): Run {
  return async (given: Given = {}, { fails = false, ...job }: JobOptions & { readonly fails?: boolean } = {}) => {
    const result = await named.step(account, { imageShortName: `${prefix}/nginx`, ...given }, job);
    expect(result.code, result.output).toBe(fails ? 1 : 0);
    return result;
  };
}

/** What was asked by somebody. */
function requestsOf({ accountId, user }: Account & { readonly user: string }): LoggedRequest[] {
  return named.bed.ecr.requests.filter(({ caller }) => caller === `arn:aws:iam::${accountId}:user/${user}`);
}

describe('every row of docs/permissions.md', () => {
  it('is tried here, or has a reason why not', () => {
    expect([...permissions.needs.keys()]).toEqual(expect.arrayContaining(Object.keys({ ...USES, ...ELSEWHERE })));
    expect([...permissions.needs.keys()].filter((row) => USES[row] === undefined)).toEqual(Object.keys(ELSEWHERE));
  });

  it.each(VARIANTS.filter(({ isComplete }) => isComplete))(
    'lists what a step asks for, no more and no less: $row',
    async ({ row, prefix, sids, isComplete }) => {
      const identity = identityOf({ prefix, sids });
      await use(row, { prefix, isComplete, step: runAs(identity, prefix) });
      expect(seen(requestsOf(identity))).toEqual(listed(sids.map(permissions.statement), { prefix }));
    },
  );

  it.each(VARIANTS.filter(({ isComplete }) => !isComplete))(
    'is enough without what may be left out: $row',
    async ({ row, prefix, sids, isComplete }) => {
      const identity = identityOf({ prefix, sids });
      await use(row, { prefix, isComplete, step: runAs(identity, prefix) });
      const list = listed(sids.map(permissions.statement), { prefix });
      expect(seen(requestsOf(identity))).toEqual(expect.arrayContaining(list));
    },
  );
});

async function use(row: string, options: Omit<Use, 'prepare' | 'ecr'>): Promise<void> {
  const prepare = runAs(ACCOUNT, options.prefix);
  await USES[row]?.({ ...options, prepare, ecr: named.bed.ecr });
}

it('without `Cache` the build succeeds, and runs every step', async () => {
  const step = runAs(identityOf(CACHELESS), CACHELESS.prefix);
  await step();
  const second = await step({ imageTag: 'v2' });
  expect(second.log).toMatch(/^From cache: 0 of 1 step/m);
  expect(second.log).toMatch(/importing cache manifest from \S+\n[\s\S]*ERROR/);
});

it('both sides of a push to another account have to allow the same', async () => {
  const step = runAs(FOREIGNER, NEIGHBOUR.prefix);
  const imageRegistryPath = hostOf(OTHER_ACCOUNT);
  await step({ imageRegistryPath });
  const second = await step({ imageRegistryPath, imageTag: 'v2' });
  expect(second.log).toMatch(/^From cache: 1 of 1 step/m);
  const asked = seen(requestsOf(FOREIGNER));
  expect(asked).toEqual(listed(neighbourly, NEIGHBOUR));
  const { actions } = permissions.statement('PushFromBuildAccount');
  const ofRepository = actions.map((action) => `${action} ${NEIGHBOUR.prefix}/nginx`);
  expect([...ofRepository, 'ecr:GetAuthorizationToken *'].sort()).toEqual(asked);
});
