import { describe, expect, it } from 'vitest';
import { textAt } from '../../src/json.ts';
import { readPermissions } from '../support/permissions.ts';
import { readText } from '../support/workflows/documents.ts';

const permissions = await readPermissions();
const text = await readText('docs/permissions.md');

/** Policies that no identity has: of roles, and of a repository. */
const OF_OTHERS = ['TrustGitHub', 'TrustIdentity', 'PushFromBuildAccount'];

const asked = [...permissions.needs.values()].flatMap(({ required, optional }) => [...required, ...optional]);

describe('docs/permissions.md', () => {
  it('has a policy for everything in its table, and a row for every policy', () => {
    const sids = permissions.statements.map(({ sid }) => sid);
    expect([...new Set([...asked, ...OF_OTHERS])].sort()).toEqual([...sids].sort());
  });

  it('names every statement as IAM and ECR take it', () => {
    expect(permissions.statements.filter(({ sid }) => !/^[A-Za-z0-9]+$/.test(sid))).toEqual([]);
  });

  it('calls optional what may be left out, and nothing else', () => {
    const optional = [...permissions.needs.values()].flatMap((need) => need.optional);
    expect([...new Set(optional)].sort()).toEqual([...new Set(asked.filter((sid) => /Optional$/.test(sid)))].sort());
  });

  it('allows, and allows nothing by a wildcard', () => {
    const effects = permissions.statements.map(({ json }) => textAt(json, 'Effect'));
    expect([...new Set(effects)]).toEqual(['Allow']);
    expect(permissions.statements.filter(({ actions }) => actions.some((action) => action.includes('*')))).toEqual([]);
  });

  it('has the sections that it links to', () => {
    const anchors = [...text.matchAll(/^##+ (.*)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    const links = [...text.matchAll(/\]\(#(.*?)\)/g)].map(([, anchor = '']) => anchor);
    expect(anchors).toEqual(expect.arrayContaining([...links, 'cache', 'a-role-for-the-job']));
  });
});
