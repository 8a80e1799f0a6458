import { at, parseJson } from './json.ts';

/** What post has to undo. It is saved before the effect, so that a step that is killed leaves nothing out. */
export interface State {
  /** Scratch directories, in the order in which they were made. */
  readonly scratch: readonly string[];
}

/** Name under which the state is saved: `core.saveState` hands it to post as STATE_cleanup. */
export const STATE_NAME = 'cleanup';

export function formatState(state: State): string {
  return JSON.stringify(state);
}

/** Reads what main has saved; nothing when main did not get that far. */
export function parseState(text: string | undefined): State {
  try {
    const scratch = at(parseJson(text ?? ''), 'scratch');
    return { scratch: Array.isArray(scratch) ? scratch.filter((path) => typeof path === 'string') : [] };
  } catch {
    return { scratch: [] };
  }
}
