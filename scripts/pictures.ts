import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Bed, startBed } from '../test/support/bed.ts';
import { resolveToolchain } from '../test/support/toolchain.ts';
import { renderMarkdown } from './pictures/render.ts';
import { SAMPLES } from './pictures/samples.ts';
import { CHROMIUM, ensureSystemPackages } from './system.ts';

/** Makes real summaries with the shipped bundle and real BuildKit, and draws them as GitHub shows them. */
const log = (line: string) => console.log(line);

/** Bytes: pictures are read in a README, and every runner that uses the action downloads them, too. */
const LIMIT = 200_000;

async function pictures(
  names: readonly string[],
  { directory, theme }: { readonly directory: string; readonly theme: 'light' | 'dark' },
): Promise<boolean> {
  await ensureSystemPackages({ log, more: [CHROMIUM] });
  const toolchain = await resolveToolchain({ log });
  await mkdir(directory, { recursive: true });
  const bed = await startBed(toolchain, { repositories: ['web', 'app', 'api', 'node'].map((name) => ({ name })) });
  try {
    const sizes: number[] = [];
    for (const [name, sample] of Object.entries(SAMPLES).filter(([name]) => names.includes(name))) {
      const target = join(directory, `summary-${name}.png`);
      await renderMarkdown(publicNames(await sample(bed), bed), { chromium: chromiumPath(), target, theme });
      const { size } = await stat(target);
      log(`${target}: ${size} bytes`);
      sizes.push(size);
    }
    return sizes.every((size) => size < LIMIT);
  } finally {
    await bed.close();
  }
}

function chromiumPath(): string {
  const path = '/usr/bin/chromium';
  if (!existsSync(path)) {
    throw new Error(`There is no ${path}.`);
  }
  return path;
}

/** The stand-in of ECR and the registry of base images are on this machine: a reader expects the names of the real ones. */
function publicNames(summary: string, { ecr, registry }: Bed): string {
  return summary
    .replaceAll(ecr.host, '123456789012.dkr.ecr.ap-northeast-1.amazonaws.com')
    .replaceAll(`${registry.host}/base/`, 'docker.io/library/');
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    target: { type: 'string', default: join(import.meta.dirname, '../docs') },
    theme: { type: 'string', default: 'light' },
  },
});
const names = positionals.length === 0 ? Object.keys(SAMPLES) : positionals;
const theme = values.theme === 'dark' ? 'dark' : 'light';
process.exitCode = (await pictures(names, { directory: values.target, theme })) ? 0 : 1;
