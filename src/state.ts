import { at, parseJson, textAt } from './json.ts';
import type { Scratch } from './machine/scratch.ts';

/** What post has to undo. It is saved before the effect, so that a step that is killed leaves nothing out. */
export interface State {
  /** In the order in which it was made. */
  readonly scratch: readonly Scratch[];
}

/** Name under which the state is saved: `core.saveState` hands it to post as STATE_cleanup. */
export const STATE_NAME = 'cleanup';

export function formatState({ scratch }: State): string {
  return JSON.stringify({ scratch: scratch.map(({ directory, bulk }) => ({ directory, bulk })) });
}

/** Reads what main has saved; nothing when main did not get that far. */
export function parseState(text: string | undefined): State {
  try {
    const scratch = at(parseJson(text ?? ''), 'scratch');
    const entries: unknown[] = Array.isArray(scratch) ? scratch : [];
    return {
      scratch: entries.flatMap((entry) => {
        const [directory, bulk] = [textAt(entry, 'directory'), textAt(entry, 'bulk')];
        return directory === undefined || bulk === undefined ? [] : [{ directory, bulk }];
      }),
    };
  } catch {
    return { scratch: [] };
  }
}
