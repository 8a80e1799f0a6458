import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, property, string } from 'fast-check';
import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { explainBuildError } from '../../../src/buildkit/errors.ts';
import { FailedBuild } from '../../../src/buildkit/failed-build.ts';
import { type BuildRecord, NO_RECORD } from '../../../src/buildkit/record.ts';
import { Failure } from '../../../src/failure.ts';
import { redactor } from '../../../src/report/redact.ts';
import { failureMarkdown } from '../../../src/report/summary-failure.ts';
import { mermaidBlocks, readGantt } from '../../support/mermaid.ts';
import { capturedRecord, recordOf, step } from './records.ts';

const DOCS = 'docs/troubleshooting.md';
const STDERR = join(import.meta.dirname, '../../fixtures/buildkit/stderr');

function summaryOf(failure: Failure, values: readonly string[] = []): string {
  return failureMarkdown({ name: 'app · linux/amd64', failure, docs: DOCS, redact: redactor(values) });
}

function failedBuild(output: string, record: BuildRecord): FailedBuild {
  return new FailedBuild(explainBuildError(output), { record, output, treatment: undefined });
}

async function captured(name: string): Promise<string> {
  const output = await readFile(join(STDERR, `${name}.txt`), 'utf8');
  return summaryOf(failedBuild(output, await capturedRecord(name)));
}

describe('the summary of a build that failed', () => {
  it('says first which step it was, then what it said, then where it stands', async () => {
    const markdown = await captured('failing-run');
    expect(markdown.split('\n<details>')[0]).toBe(`### ❌ app · linux/amd64

**\`RUN echo before && echo "about to fail" >&2 && exit 42\`** failed after 59 ms with **exit code 42**.

Its last lines:
\`\`\`
0.044 about to fail
0.044 before
\`\`\`

\`Dockerfile.fail:3\`
\`\`\`
   2 |     WORKDIR /w
   3 | >>> RUN echo before && \\
   4 | >>>     echo "about to fail" >&2 && \\
   5 | >>>     exit 42
   6 |
\`\`\`

Correct the command, or what it needs. The log of the build above has all of its output. [More about build-failed](docs/troubleshooting.md#build-failed)
`);
    const [chart = ''] = mermaidBlocks(markdown);
    expect((await readGantt(chart)).tasks.map(({ active }) => Boolean(active))).toEqual([false, false, true]);
  });

  it('shows the line where the syntax is wrong', async () => {
    const markdown = await captured('syntax-error');
    expect(markdown).toContain(
      '**dockerfile parse error on line 2: unknown instruction: RUNN \\(did you mean RUN?\\)**',
    );
    expect(markdown).toContain('   2 | >>> RUNN echo hi\n');
    expect(markdown).not.toContain('<details>');
  });

  it('shows why a push was refused', async () => {
    const markdown = await captured('push-denied');
    expect(markdown).toContain('**`pushing layers and manifest`** (`export`) failed after');
    expect(markdown).toContain('is not authorized to perform: ecr:InitiateLayerUpload');
    expect(markdown).toContain('[More about push-denied]');
  });

  it('repeats the end of a long output, and says that there is more', () => {
    const name = '[2/2] RUN make';
    const lines = Array.from({ length: 90 }, (_, index) => `0.1 line ${index} ${'x'.repeat(index === 89 ? 5000 : 1)}`);
    const output = ['------', ` > ${name}:`, ...lines, '------', 'error: failed to solve: exit code: 2'].join('\n');
    const markdown = summaryOf(failedBuild(output, recordOf(step(name, [0, 1], { error: 'exit code: 2' }))));
    expect(markdown).toContain('… 50 lines before\n0.1 line 50 x\n');
    expect(markdown).toContain('0.1 line 89 …\n```');
  });
});

describe('the summary of any other failure', () => {
  it('has what happened, what to do, and where to read more', () => {
    const failure = new Failure({
      code: 'repository-missing',
      message: 'There is no repository a/b.',
      hint: 'Create it.',
    });
    expect(summaryOf(failure)).toBe(
      '### ❌ app · linux/amd64\n\n**There is no repository a/b.**\n\nCreate it. [More about repository-missing](docs/troubleshooting.md#repository-missing)\n\n',
    );
  });

  it('keeps the lines of a message', () => {
    const failure = new Failure({ code: 'inputs-invalid', message: '2 inputs:\n1. `a`\n```\n2. b', hint: 'x' });
    expect(summaryOf(failure)).toContain('````\n2 inputs:\n1. `a`\n```\n2. b\n````\n');
  });

  it('stays small and harmless, whatever is said', () => {
    assert(
      property(string({ unit: 'binary' }), string(), (said, done) => {
        const hostile = `${said}<script>${'`'.repeat(said.length % 5)}\n${done}`;
        const name = `[1/1] RUN ${hostile}`;
        const output = [
          '------',
          ` > ${name}:`,
          hostile,
          '------',
          'D:1',
          '-'.repeat(20),
          hostile,
          '-'.repeat(20),
          `error: ${hostile}`,
        ].join('\n');
        const failed = recordOf(step(name.replaceAll(/\s+/g, ' '), [0, 1], { error: hostile }));
        for (const failure of [
          failedBuild(output, failed),
          failedBuild(output, NO_RECORD),
          new Failure({ code: 'unexpected', message: hostile, hint: hostile }),
        ]) {
          const markdown = summaryOf(failure);
          expect(markdown.length).toBeLessThan(30_000);
          const rendered = marked.parse(markdown, { async: false });
          const tags = new Set([...rendered.matchAll(/<([a-z]\w*|!)/gi)].map(([, tag]) => tag));
          for (const tag of ['script', '!', 'h1', 'img', 'li']) {
            expect(tags).not.toContain(tag);
          }
          expect(rendered.match(/<h3/g)).toHaveLength(1);
        }
      }),
    );
  });
});

describe('the step that the reason is about', () => {
  const [amd, arm] = ['[linux/amd64 2/2] RUN echo x', '[linux/arm64 2/2] RUN echo x'] as const;
  const record = recordOf(step(arm, [0, 2], { error: 'exit code: 5' }), step(amd, [1, 2], { error: 'exit code: 7' }));
  const outputOf = (head: string, ...said: string[]) =>
    ['------', ` > ${head}:`, ...said, '------', 'error: failed to solve: process did not complete: exit code: 7'].join(
      '\n',
    );

  it('is the one whose lines come before it, also when another has failed first', () => {
    const markdown = summaryOf(failedBuild(outputOf(amd, '0.1 of amd64'), record));
    expect(markdown).toContain('(`linux/amd64`) failed after');
    expect(markdown).toContain('\n0.1 of amd64\n');
  });

  it('is known by a name from which the value of a build argument is left out', () => {
    const name = '[1/1] RUN get https://example.com/a';
    const failed = recordOf(step(name, [0, 1], { error: 'exit code: 1' }));
    const markdown = summaryOf(failedBuild(outputOf(name, '0.1 why'), failed), ['https://example.com/a']);
    expect(markdown).toContain('\n0.1 why\n');
  });

  it('has no lines where it has printed none, and of one that was drawn over the last state', () => {
    expect(summaryOf(failedBuild(outputOf(amd, ' '), record))).not.toContain('Its last lines');
    expect(summaryOf(failedBuild(outputOf(amd, '0.1 10 %\r50 %\r99 %\r'), record))).toContain('\n99 %\n');
  });
});

describe('a value that may be a secret', () => {
  const value = 'p:ss;w#rd |1`';

  it('is left out of names, where it would be written so that the runner does not mask it', () => {
    const name = `[1/1] RUN login ${value} now`;
    const record = recordOf(step(name, [0, 1], { error: 'exit code: 1' }));
    const output = `error: failed to solve: process "login ${value}" did not complete successfully: exit code: 1`;
    const markdown = summaryOf(failedBuild(output, record), [value]);
    expect(markdown).toContain('RUN login … now');
    expect(markdown).not.toMatch(/p.ss|w.rd/);
  });

  it('stays where it can be masked', () => {
    expect(redactor(['plain-Value/1.2+x='])('RUN plain-Value/1.2+x=')).toBe('RUN plain-Value/1.2+x=');
    expect(redactor(['a b', ':', ''])('RUN a b: c')).toBe('RUN a b: c');
    expect(redactor(['a  long\nvalue'])('RUN a long value')).toBe('RUN …');
  });
});
