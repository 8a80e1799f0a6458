import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { marked } from 'marked';

const packages = join(import.meta.dirname, '../../node_modules');
const run = promisify(execFile);

/** Of a summary on the page of a workflow's run. */
const WIDTH = 1000;

export interface RenderOptions {
  readonly chromium: string;
  /** Where the PNG goes. */
  readonly target: string;
  readonly theme?: 'light' | 'dark';
}

/** Draws GitHub's Markdown as GitHub shows it, Mermaid included. Whatever the text says, nothing of it is run or fetched. */
export async function renderMarkdown(markdown: string, options: RenderOptions): Promise<void> {
  const { chromium, target, theme = 'light' } = options;
  const directory = await mkdtemp(join(tmpdir(), 'buildkit-aws-pictures-'));
  try {
    const page = join(directory, 'page.html');
    await writeFile(page, await pageOf(markdown, theme));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--virtual-time-budget=8000'];
    const base = [...flags, `--user-data-dir=${join(directory, 'profile')}`];
    const { stdout } = await run(chromium, [...base, `--window-size=${WIDTH},800`, '--dump-dom', `file://${page}`], {
      maxBuffer: 2 ** 28,
    });
    const height = /<html[^>]* data-height="(\d+)"/.exec(stdout)?.[1];
    if (height === undefined) {
      throw new Error(`Chromium has not drawn the page:\n${stdout.slice(0, 2000)}`);
    }
    await run(chromium, [...base, `--window-size=${WIDTH},${height}`, `--screenshot=${target}`, `file://${page}`]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function pageOf(markdown: string, theme: 'light' | 'dark'): Promise<string> {
  const [style, mermaid] = await Promise.all([
    readFile(join(packages, `github-markdown-css/github-markdown-${theme}.css`), 'utf8'),
    readFile(join(packages, '@mermaid-js/tiny/dist/mermaid.tiny.js'), 'utf8'),
  ]);
  const body = await marked.parse(markdown, { gfm: true });
  return `<!doctype html><html><head><meta charset="utf-8"><style>${style}
body { margin: 0; background: ${theme === 'light' ? '#fff' : '#0d1117'} }
.markdown-body { padding: 24px; box-sizing: border-box }
pre:has(> .language-mermaid) { background: none; padding: 0 }
</style></head><body><article class="markdown-body">${body}</article>
<script>${mermaid}</script>
<script type="module">
mermaid.initialize({ startOnLoad: false, theme: '${theme === 'light' ? 'default' : 'dark'}' });
for (const [index, code] of [...document.querySelectorAll('.language-mermaid')].entries()) {
  const { svg } = await mermaid.render('chart' + index, code.textContent);
  code.parentElement.innerHTML = svg;
}
document.documentElement.dataset.height = Math.ceil(document.querySelector('article').getBoundingClientRect().height);
</script></body></html>`;
}
