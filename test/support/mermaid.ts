import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

const SOURCE = join(import.meta.dirname, '../../node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js');

/** A bar of a Gantt chart, as Mermaid has understood it. */
export interface GanttTask {
  readonly section: string;
  readonly task: string;
  readonly startTime: Date;
  readonly endTime: Date;
  readonly crit?: boolean;
  readonly done?: boolean;
  readonly active?: boolean;
}

interface Mermaid {
  readonly mermaidAPI: {
    getDiagramFromText(text: string): Promise<{
      readonly type: string;
      readonly db: { getTasks(): GanttTask[]; getSections(): string[] };
    }>;
  };
  parse(text: string): Promise<{ readonly diagramType: string; readonly config: Readonly<Record<string, unknown>> }>;
}

/** Mermaid itself, made for a page: its parser needs none. */
function load(): Mermaid {
  const context = createContext({ console, setTimeout, clearTimeout, structuredClone, URL, queueMicrotask });
  runInContext(readFileSync(SOURCE, 'utf8'), context);
  return runInContext('mermaid', context);
}

const mermaid = load();

/** The blocks of a summary that GitHub draws. */
export function mermaidBlocks(markdown: string): string[] {
  return [...markdown.matchAll(/^(`{3,})mermaid\n(?<chart>[\s\S]*?)\n\1$/gm)].map(({ groups }) => groups?.chart ?? '');
}

/** Parses a Gantt chart as GitHub does. @throws Error where Mermaid finds a mistake */
export async function readGantt(
  chart: string,
): Promise<{ readonly tasks: readonly GanttTask[]; readonly config: Readonly<Record<string, unknown>> }> {
  const { config } = await mermaid.parse(chart);
  const { db, type } = await mermaid.mermaidAPI.getDiagramFromText(chart);
  if (type !== 'gantt') {
    throw new Error(`a chart of another kind: ${type}`);
  }
  return { tasks: db.getTasks(), config };
}
