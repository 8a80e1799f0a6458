import { at, parseJson, textAt } from './json.ts';
import { type Owner, readOwner } from './machine/owner.ts';
import type { Scratch } from './machine/scratch.ts';

/** What post has to undo. It is saved before the effect, so that a step that is killed leaves nothing out. */
export interface State {
  /** The step itself, which may still run; undefined when it was not saved. */
  readonly step: Owner | undefined;
  /** In the order in which it was made. */
  readonly scratch: readonly Scratch[];
}

/** Name under which the state is saved: `core.saveState` hands it to post as STATE_cleanup. */
export const STATE_NAME = 'cleanup';

export function formatState({ step, scratch }: State): string {
  return JSON.stringify({ step, scratch: scratch.map(({ directory, bulk }) => ({ directory, bulk })) });
}

/** Reads what main has saved; nothing when main did not get that far. */
export function parseState(text: string | undefined): State {
  try {
    const state = parseJson(text ?? '');
    const scratch = at(state, 'scratch');
    const entries: unknown[] = Array.isArray(scratch) ? scratch : [];
    return {
      step: readOwner(at(state, 'step')),
      scratch: entries.flatMap((entry) => {
        const [directory, bulk] = [textAt(entry, 'directory'), textAt(entry, 'bulk')];
        return directory === undefined || bulk === undefined ? [] : [{ directory, bulk }];
      }),
    };
  } catch {
    return { step: undefined, scratch: [] };
  }
}
